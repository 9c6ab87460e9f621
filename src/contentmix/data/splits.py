"""Splits that keep the share of every class."""

from __future__ import annotations

import torch
from torch import Tensor

from contentmix.errors import DataError, require
from contentmix.keys import keyed_generator


def stratified_split(labels: Tensor, fraction: float, seed: int, purpose: str) -> tuple[Tensor, Tensor]:
    """Hold out ``fraction`` of the images of every class, at least one of each.

    Args:
        labels: (n,) int64.
        fraction: in (0, 1).
        seed: of the draw.
        purpose: what the split is for, e.g. ``validation``: splits for different purposes are independent.

    Returns:
        Sorted positions of those that stay and of those held out.

    Raises:
        DataError: a class has a single image, which cannot be on both sides.
    """
    require(0 < fraction < 1, f"the {purpose} share is {fraction}: choose it in (0, 1)")
    generator = keyed_generator(seed, "split", purpose)
    held = []
    for label in labels.unique().tolist():
        members = (labels == label).nonzero()[:, 0]
        if len(members) < 2:
            raise DataError(
                f"class number {label} has one image, which cannot be in the training and the {purpose} set at once: add images"
            )
        count = min(max(1, round(fraction * len(members))), len(members) - 1)
        held.append(members[torch.randperm(len(members), generator=generator)[:count]])
    out = torch.cat(held).sort().values
    stays = torch.ones(len(labels), dtype=torch.bool)
    stays[out] = False
    return stays.nonzero()[:, 0], out
