"""Random erasing of whole batches, on the device where they are."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# Of DeiT, as timm has them.
ERASED_AREA, ERASED_ASPECT = (0.02, 1 / 3), (0.3, 1 / 0.3)


def erase(images: Tensor, rows: Tensor, size: int, prob: float, generator: torch.Generator) -> None:
    """Random erasing (Zhong et al. 2020), in place: Gaussian noise in a rectangle of 2 to 33 % of the area.

    Args:
        images: (p, c, h, w) float, normalised.
        rows: (p,) which of the ``size`` images, for which the draws are made, these are.
        size: of the global batch.
        prob: for an image to be erased.
        generator: on the CPU.
    """
    _, channels, height, width = images.shape
    erased = torch.rand(size, generator=generator) < prob
    area, aspect, down, right = torch.rand(4, size, generator=generator)
    area = height * width * (ERASED_AREA[0] + area * (ERASED_AREA[1] - ERASED_AREA[0]))
    low, high = (math.log(edge) for edge in ERASED_ASPECT)
    ratio = (low + aspect * (high - low)).exp()
    spans = []
    for length, side, start in ((height, area * ratio, down), (width, area / ratio, right)):
        side = side.sqrt().round().clamp(1, length)
        first = (start * (length - side + 1)).floor()[:, None]
        position = torch.arange(length)
        spans.append((position >= first) & (position < first + side[:, None]))
    region = (spans[0][:, :, None] & spans[1][:, None, :])[rows] & erased[rows, None, None]
    noise = torch.randn(int(erased.sum()), channels, height, width, generator=generator)
    number = erased.cumsum(0)[rows] - 1
    where = erased[rows].nonzero()[:, 0]
    device = images.device
    inside = region[where, None].to(device, non_blocking=True)
    there = where.to(device, non_blocking=True)
    images[there] = torch.where(inside, noise[number[where]].to(device, non_blocking=True), images[there])
