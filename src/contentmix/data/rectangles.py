"""Rectangles of whole batches of images."""

from __future__ import annotations

import torch
from torch import Tensor

from contentmix.devices import sent


def rectangles(first: Tensor, side: Tensor, height: int, width: int, device: torch.device) -> Tensor:
    """Which pixels lie in each image's rectangle: (p, 1, h, w) bool, made on ``device``.

    Args:
        first: (2, p) top and left, on the CPU; may lie outside the image.
        side: (2, p) height and width, or what stands for them by broadcasting.
        height: of the images.
        width: of the images.
        device: where the masks are wanted.
    """
    edges = sent(torch.stack([first, first + side])[..., None], device)
    inside = [
        (position >= begin) & (position < end)
        for position, begin, end in zip(
            (torch.arange(height, device=device), torch.arange(width, device=device)), *edges, strict=True
        )
    ]
    return inside[0][:, None, :, None] & inside[1][:, None, None, :]
