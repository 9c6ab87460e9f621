"""Augmentation of images in memory: whole batches at once, on whatever device they are on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


class Normalise:
    """uint8 images (..., c, h, w) to standardised floats.

    Args:
        mean: per channel, of pixels scaled to [0, 1].
        std: likewise.
        device: where the images are.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], device: torch.device) -> None:
        # (x / 255 - mean) / std as one multiplication and one addition.
        self._scale = (1 / (255 * torch.tensor(std))).view(-1, 1, 1).to(device)
        self._shift = (-torch.tensor(mean) / torch.tensor(std)).view(-1, 1, 1).to(device)

    def __call__(self, images: Tensor) -> Tensor:
        """Standardised float32 images."""
        return torch.addcmul(self._shift, images, self._scale)


@dataclass(frozen=True)
class Shifts:
    """One augmentation for each of p images: top, left (p,) int64 in [0, 2 shift_px], flip (p,) bool."""

    top: Tensor
    left: Tensor
    flip: Tensor

    def __getitem__(self, rows: slice | Tensor) -> Shifts:
        """The augmentations of some images."""
        return Shifts(self.top[rows], self.left[rows], self.flip[rows])


class ShiftedPool:
    """Images padded once by reflection, from which shifted crops are copied row by row.

    A crop is ``h`` rows of ``w`` neighbouring bytes per channel. Seen as the table of all runs of ``w`` bytes, which is a
    view without memory of its own, the pool yields a whole batch of crops in one ``index_select``.

    Args:
        images: (n, c, h, w) uint8, on the device where batches are wanted.
        shift_px: largest shift in each direction; 0 for none.
        flip: flip half of the images left to right.
    """

    def __init__(self, images: Tensor, shift_px: int, flip: bool) -> None:
        self._size, self._shift, self._flips = images.shape[1:], shift_px, flip
        padding = [shift_px] * 4
        # Reflection pads floats only; chunks keep the float copy small.
        padded = [functional.pad(part.float(), padding, "reflect").to(torch.uint8) for part in images.split(4096)]
        pool = torch.cat(padded) if shift_px else images.contiguous()
        self._stride = (pool.stride(0), pool.stride(1), pool.stride(2))
        width = self._size[-1]
        self._runs = pool.as_strided((pool.numel() - width + 1, width), (1, 1))
        rows = torch.arange(self._size[1], device=images.device) * self._stride[2]
        channels = torch.arange(self._size[0], device=images.device) * self._stride[1]
        self._offsets = (channels[:, None] + rows[None, :]).flatten()

    def draw(self, count: int, generator: torch.Generator) -> Shifts:
        """Augmentations of ``count`` images."""
        top, left = torch.randint(2 * self._shift + 1, (2, count), generator=generator).unbind()
        flip = torch.rand(count, generator=generator) < 0.5 if self._flips else torch.zeros(count, dtype=torch.bool)
        return Shifts(top, left, flip)

    def take(self, index: Tensor, shifts: Shifts) -> Tensor:
        """Images ``index`` (p,) int64, augmented: (p, c, h, w) uint8. Index and shifts are on the CPU."""
        start = index * self._stride[0] + shifts.top * self._stride[2] + shifts.left
        runs = (start.to(self._runs.device, non_blocking=True)[:, None] + self._offsets).flatten()
        images = self._runs.index_select(0, runs).view(len(index), *self._size)
        if self._flips:
            flipped = shifts.flip.nonzero()[:, 0].to(images.device, non_blocking=True)
            images.index_copy_(0, flipped, images.index_select(0, flipped).flip(-1))
        return images
