"""The MNIST-M recipe: grey shapes blended with crops of photographs (Ganin et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from contentmix.data.source import ArraySet, Blend

MASK_LEVEL = 64


def blend(shapes: ArraySet, photos: Sequence[Tensor], generator: torch.Generator) -> ArraySet:
    """``|crop - shape|`` for each grey shape, with a random crop of a random photo; both and the shape's mask are kept.

    Args:
        shapes: (n, 1, h, w) uint8, bright on black.
        photos: (3, H, W) uint8, larger than the shapes.
        generator: of the crops.

    Returns:
        (n, 3, h, w) uint8, with masks of the pixels brighter than a quarter.
    """
    size, (height, width) = len(shapes), shapes.images.shape[-2:]
    which = torch.randint(len(photos), (size,), generator=generator)
    place = torch.rand((2, size), generator=generator)
    crops = torch.empty((size, 3, height, width), dtype=torch.uint8)
    for i, photo in enumerate(photos):
        rows = (which == i).nonzero()[:, 0]
        top = (place[0, rows] * (photo.shape[1] - height + 1)).long()
        left = (place[1, rows] * (photo.shape[2] - width + 1)).long()
        y = top[:, None, None] + torch.arange(height)[None, :, None]
        x = left[:, None, None] + torch.arange(width)[None, None, :]
        crops[rows] = photo[:, y, x].transpose(0, 1)
    made = Blend(shapes.images, crops)
    return ArraySet(made.images, shapes.labels, shapes.images[:, 0] >= MASK_LEVEL, made)


def perfect_hybrids(content: ArraySet, context: ArraySet) -> Tensor | None:
    """The shapes of ``content`` on the photos of ``context``: (n, c, h, w) uint8; None where these are not known."""
    if content.blend is None or context.blend is None:
        return None
    return Blend(content.blend.shapes, context.blend.backgrounds).images
