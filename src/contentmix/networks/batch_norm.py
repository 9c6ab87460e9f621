"""Which images share the statistics of a batch normalisation, where several groups of images are seen at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from contentmix.choices import BatchNormMode


def forward_groups(
    network: Callable[[Tensor], Tensor], groups: Sequence[Tensor], mode: BatchNormMode
) -> tuple[Tensor, ...]:
    """The outputs of every group of images.

    Args:
        network: images (b, c, h, w) to outputs (b, ...).
        groups: images (b_i, c, h, w), each group with its own number of them.
        mode: ``joint`` passes all at once, and they share their statistics; ``separate`` passes group by group;
            ``interleaved`` passes as many batches as there are groups, each with an equal share of every group (MixMatch).

    Returns:
        (b_i, ...) for every group.
    """
    if mode == "separate":
        return tuple(network(group) for group in groups)
    images, sizes = torch.cat(list(groups)), [len(group) for group in groups]
    if mode == "joint":
        return network(images).split(sizes)
    # Every n-th image, beginning with each of the first n, and back.
    parts = [torch.arange(first, len(images), len(groups), device=images.device) for first in range(len(groups))]
    outputs = torch.cat([network(images[part]) for part in parts])
    return outputs[torch.cat(parts).argsort()].split(sizes)


@contextmanager
def kept_statistics(network: nn.Module) -> Iterator[None]:
    """Inside, training-mode batch normalisation uses the statistics of its batch and leaves the running ones alone."""
    layers = [layer for layer in network.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True
