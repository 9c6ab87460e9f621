"""Influence in the core."""

import torch

from contentmix import Batch, MultiInputNetwork, WideResNet
from contentmix.runs.analysis import core_influence


def test_an_input_that_no_filter_sees_has_no_influence_anywhere():
    torch.manual_seed(0)
    network = MultiInputNetwork(WideResNet(10, 1, 5), 5).eval()
    torch.nn.init.zeros_(network.encoders.convolutions[1].weight)
    loader = [Batch(torch.randn(6, 1, 3, 8, 8), torch.zeros(6, 1, dtype=torch.long)) for _ in range(2)]
    found = core_influence(network, loader)
    assert {name: tuple(influence.shape) for name, influence in found.items()} == {
        "stage1": (2, 16), "stage2": (2, 32), "stage3": (2, 64)
    }  # fmt: skip
    for influence in found.values():
        assert influence[0].min() > 0
        assert not influence[1].any()


def test_influence_is_the_variance_over_the_images_of_one_input_with_the_others_fixed():
    torch.manual_seed(0)
    network = MultiInputNetwork(WideResNet(10, 1, 5), 5).eval()
    images = torch.randn(8, 1, 3, 8, 8)
    labels = torch.zeros(8, 1, dtype=torch.long)
    found = core_influence(network, [Batch(images[:3], labels[:3]), Batch(images[3:], labels[3:])])
    fixed = images[:1].expand(8, -1, -1, -1, -1)
    with torch.no_grad():
        maps = network.core.stage1(network.encoders.weighted_sum(torch.cat([fixed, images], 1), torch.ones(8, 2)))
    torch.testing.assert_close(found["stage1"][1], maps.var(0, correction=0).mean((-2, -1)), rtol=1e-3, atol=1e-5)
