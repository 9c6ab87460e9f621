"""The thesis's formulas for attention against what torch counts."""

import pytest
import torch
from timm.models.cait import LayerScaleBlockClassAttn
from timm.models.vision_transformer import Block
from torch import nn

from contentmix import cost
from contentmix.metrics import class_attention_cost, mixvit_overhead, self_attention_cost
from contentmix.networks.transformers import ClassBlock


def test_a_self_attention_block_costs_what_the_formula_says():
    block = Block(48, 4, qkv_bias=True)
    assert cost(block, block, torch.randn(1, 10, 48)).flops == self_attention_cost(10, 48)


def test_class_attention_costs_less_than_the_formula_and_ours_a_small_part():
    class Timm(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = LayerScaleBlockClassAttn(48, 4)

        def forward(self, tokens):
            return self.block(tokens[:, 1:], tokens[:, :1])

    timms, ours, tokens = Timm(), ClassBlock(48, 4), torch.randn(1, 65, 48)
    usual = cost(timms, timms, tokens).flops
    # Keys and values of 65 tokens, query, projection and perceptron of one, 65 scores and sums.
    assert usual == (2 * 65 + 10) * 48**2 + 2 * 65 * 48
    assert usual < class_attention_cost(65, 48)
    found = cost(lambda tokens: ours(tokens[:, 0], tokens[:, 1:]), ours, tokens).flops
    # Query, keys and values of one, projection and perceptron; scores and sums in 4 heads over 48 channels.
    assert found == pytest.approx(12 * 48**2 + 2 * 4 * 65 * 48, abs=4 * 48)


def test_attention_by_the_thesiss_formulas():
    # N = 65, d = 48: (3 * 65 + 9) 48^2 + 2 * 65 * 48 = 470016 + 6240; 12 * 65 * 48^2 + 2 * 65^2 * 48 = 1797120 + 405600.
    assert class_attention_cost(65, 48) == 476256
    assert self_attention_cost(65, 48) == 2202720


def test_mixvits_overhead_is_the_thesiss():
    # L = 5, M = 2, N = 64, d = 384; the thesis rounds it to 1.1.
    assert mixvit_overhead(5, 2, 64, 384) == pytest.approx(1.088, abs=0.005)
    assert mixvit_overhead(5, 1, 64, 384) == 1
