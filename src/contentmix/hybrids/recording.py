"""What a network computed inside while somebody else ran it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass
class Passes:
    """The passes with gradients that a backbone made.

    Attributes:
        images: (b, c, h, w) that each pass saw.
        outputs: what the chosen layer made of them.
    """

    images: list[Tensor] = field(default_factory=list)
    outputs: dict[str, list[Tensor]] = field(default_factory=dict)

    def all_images(self) -> Tensor:
        """The images of all passes, (b, c, h, w)."""
        return torch.cat(self.images)

    def all(self, name: str) -> Tensor:
        """What layer ``name`` made of them, in the same order."""
        return torch.cat(self.outputs[name])


@contextmanager
def record_passes(backbone: nn.Module, **layers: nn.Module) -> Iterator[Passes]:
    """Inside, keep what ``backbone`` is shown in passes with gradients, and what ``layers`` of it make of that.

    So a loss of one's own reads the features of a method's training step without computing them again.
    """
    passes = Passes(outputs={name: [] for name in layers})

    def see(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if torch.is_grad_enabled():
            passes.images.append(inputs[0])

    def keep(name: str) -> Callable[..., None]:
        def hook(_: nn.Module, __: tuple[Tensor, ...], output: Tensor) -> None:
            if torch.is_grad_enabled():
                passes.outputs[name].append(output)

        return hook

    handles = [backbone.register_forward_pre_hook(see)]
    handles += [layer.register_forward_hook(keep(name)) for name, layer in layers.items()]
    try:
        yield passes
    finally:
        for handle in handles:
            handle.remove()


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
