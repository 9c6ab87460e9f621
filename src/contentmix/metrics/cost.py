"""What a network costs: parameters and multiply-adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from contentmix.errors import require


@dataclass(frozen=True)
class Cost:
    """The cost of a network.

    Attributes:
        parameters: trainable or not, shared ones counted once
        flops: multiply-adds of one image's forward pass, as the thesis counts (WRN-28-10: 5.9565e9)
    """

    parameters: int
    flops: int


def cost(function: Callable[[Tensor], object], network: nn.Module, example: Tensor) -> Cost:
    """Measure one evaluation pass of ``function(example)``, e.g. ``cost(network.predict, network, example)``.

    Convolutions, matrix products and attention are counted; normalisation, activations and biases are not (they are
    below 1% in these networks). The network's mode is restored.

    Args:
        function: the forward pass to price.
        network: whose parameters are counted.
        example: (b, ...) input; the count is divided by b.

    Raises:
        UsageError: ``example`` is empty.
    """
    require(example.dim() > 0 and len(example) > 0, f"example has shape {tuple(example.shape)}: give one image or more")
    modes = {module: module.training for module in network.modules()}
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    network.eval().requires_grad_(False)  # the counter trips over views of parameters that ask for gradients
    # Only the plain attention kernel consists of operations that the counter knows on every device.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        function(example)
    for module, training in modes.items():
        module.training = training
    for parameter in trained:
        parameter.requires_grad_(True)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Cost(parameters, counter.get_total_flops() // (2 * len(example)))  # the counter takes a multiply-add for two


def self_attention_cost(tokens: int, dim: int) -> int:
    """Multiply-adds of a self-attention block on ``tokens`` N of ``dim`` d: ``12 N d^2 + 2 N^2 d`` (thesis A.7.3).

    The thesis sums 3 + 1 + 8 to 13.
    """
    return 12 * tokens * dim**2 + 2 * tokens**2 * dim


def class_attention_cost(tokens: int, dim: int) -> int:
    """Multiply-adds of a class-attention block: ``(3 N + 9) d^2 + 2 N d`` (thesis A.7.3), an upper bound.

    It projects a query for every token; with one query, ``networks.ClassAttention`` needs a small part of it.
    """
    return (3 * tokens + 9) * dim**2 + 2 * tokens * dim


def mixvit_overhead(depth: int, members: int, tokens: int, dim: int, class_depth: int = 2) -> float:
    """Multiply-adds of MixViT's inference over its backbone's: ``(L S + 2 M C) / (L S + 2 C)`` (thesis 4.3.3.2, A.7.3)."""
    features = depth * self_attention_cost(tokens, dim)
    classifier = class_depth * class_attention_cost(tokens, dim)
    return (features + members * classifier) / (features + classifier)
