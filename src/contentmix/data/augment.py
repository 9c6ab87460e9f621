"""Augmentation of images in memory: whole batches at once, on whatever device they are on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from contentmix.choices import Padding
from contentmix.devices import sent
from contentmix.errors import require


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
        return images.float().mul_(self._scale).add_(self._shift)


def surrounded(images: Tensor, margin_px: int, padding: Padding) -> Tensor:
    """Images (..., h, w) of any kind in a margin of ``margin_px``, with gradients.

    Args:
        images: at ``zeros``, 0 is black only as long as they are not normalised.
        margin_px: on all four sides.
        padding: ``zeros``, as torchvision's ``RandomCrop`` has it, or ``reflect``, which does not repeat the border.

    Raises:
        UsageError: a reflection of more pixels than there are.
    """
    if padding == "zeros":
        return functional.pad(images, [margin_px] * 4)
    for dimension in (-2, -1):
        side = images.shape[dimension]
        require(margin_px < side, f"crop_px is {margin_px}: images of {side} px reflect {side - 1} at most")
        position = torch.arange(-margin_px, side + margin_px, device=images.device).abs()
        images = images.index_select(dimension, torch.minimum(position, 2 * (side - 1) - position))
    return images


def shift_images(images: Tensor, shift_px: int, generator: torch.Generator, padding: Padding = "reflect") -> Tensor:
    """Each image moved by up to ``shift_px`` in both directions, with gradients.

    Args:
        images: (b, c, h, w) float.
        shift_px: 0 changes nothing.
        generator: on the CPU.
        padding: of ``surrounded``.
    """
    if not shift_px:
        return images
    height, width = images.shape[-2:]
    drawn = torch.randint(2 * shift_px + 1, (2, len(images), 1, 1), generator=generator)
    top, left = sent(drawn, images.device)
    rows = top + torch.arange(height, device=images.device)[:, None]
    columns = left + torch.arange(width, device=images.device)
    which = torch.arange(len(images), device=images.device)[:, None, None]
    padded = surrounded(images, shift_px, padding)
    return padded.permute(0, 2, 3, 1)[which, rows, columns].permute(0, 3, 1, 2)


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
    """Images surrounded once, from which a whole batch of shifted crops is copied in one indexing.

    Args:
        images: (n, c, h, w) uint8, on the device where batches are wanted.
        shift_px: largest shift in each direction; 0 for none.
        flip: flip half of the images left to right.
        padding: of ``surrounded``.
    """

    def __init__(self, images: Tensor, shift_px: int, flip: bool, padding: Padding) -> None:
        self._shift, self._flips = shift_px, flip
        height, width = images.shape[-2:]
        images = surrounded(images, shift_px, padding)
        # Every crop of every image, (n, top, left, c, h, w): a view without memory of its own.
        self._crops = images.unfold(2, height, 1).unfold(3, width, 1).permute(0, 2, 3, 1, 4, 5)

    def draw(self, count: int, generator: torch.Generator) -> Shifts:
        """Augmentations of ``count`` images."""
        top, left = torch.randint(2 * self._shift + 1, (2, count), generator=generator).unbind()
        flip = torch.rand(count, generator=generator) < 0.5 if self._flips else torch.zeros(count, dtype=torch.bool)
        return Shifts(top, left, flip)

    def take(self, index: Tensor, shifts: Shifts, where: Tensor | None = None) -> Tensor:
        """Images ``index`` (p,) int64, augmented: (p, c, h, w) uint8. Index and shifts are on the CPU.

        Args:
            index: which images.
            shifts: an augmentation for each.
            where: (...) int64 in [0, p): which of the p augmented images stands where, each any number of times;
                (..., c, h, w) is returned.
        """
        where = torch.arange(len(index)) if where is None else where
        places = torch.stack([index, shifts.top, shifts.left])
        if self._flips:
            # Those to flip come last, so that they are flipped as one block.
            order = shifts.flip.argsort(stable=True)
            places, where = places[:, order], order.argsort()[where]
        images = self._copy(places)
        if self._flips:
            plain = len(index) - int(shifts.flip.sum())
            images[plain:] = images[plain:].flip(-1)
        taken = images.index_select(0, sent(where.flatten(), images.device))
        return taken.view(*where.shape, *taken.shape[1:])

    def _copy(self, places: Tensor) -> Tensor:
        """The crops (p, c, h, w) at (image, top, left), (3, p)."""
        if self._crops.device.type == "cpu":
            # numpy copies rows where torch's indexing copies pixels, in a fifth of the time.
            return torch.from_numpy(self._crops.numpy()[tuple(places.numpy())])
        image, top, left = sent(places, self._crops.device)
        return self._crops[image, top, left]
