"""What a network computed inside while somebody else ran it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def record_outputs(layer: nn.Module) -> Iterator[list[Tensor]]:
    """Inside, keep what ``layer`` puts out in passes with gradients.

    So a loss of one's own reads the features of a method's training step without computing them again.
    """
    outputs: list[Tensor] = []
    handle = layer.register_forward_hook(lambda _, __, output: _keep(outputs, output))
    try:
        yield outputs
    finally:
        handle.remove()


@contextmanager
def record_inputs(layer: nn.Module) -> Iterator[list[Tensor]]:
    """Inside, keep what ``layer`` is shown in passes with gradients."""
    shown: list[Tensor] = []
    handle = layer.register_forward_pre_hook(lambda _, inputs: _keep(shown, inputs[0]))
    try:
        yield shown
    finally:
        handle.remove()


def _keep(kept: list[Tensor], tensor: Tensor) -> None:
    if torch.is_grad_enabled():
        kept.append(tensor)


@contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """Inside, passes through ``networks`` give gradients to what they are shown and not to their weights."""
    weights = [weight for network in networks for weight in network.parameters() if weight.requires_grad]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
