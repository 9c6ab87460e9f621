"""Distortions of whole batches of uint8 images, each image its own, in a number of tensor operations that no batch changes.

Every operation is Pillow's. What it needs that no image decides, tables of levels, of source pixels, of weights, is made once; a
batch then looks up the rows of its images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from contentmix.data.source_maps import affine, cubic, nearest
from contentmix.devices import sent
from contentmix.errors import unknown

_LEVELS = ("posterise", "solarise", "invert", "autocontrast", "equalise")
_BLENDS = ("brightness", "colour", "contrast", "sharpness")
_SHIFTS = ("translate_x", "translate_y", "rotate")
_SHEARS = ("shear_x", "shear_y")


@dataclass(frozen=True)
class Operation:
    """One operation at one strength.

    Attributes:
        name: ``identity``, ``posterise``, ``solarise``, ``invert``, ``autocontrast``, ``equalise``, ``brightness``,
            ``colour``, ``contrast``, ``sharpness``, ``rotate``, ``shear_x``, ``shear_y``, ``translate_x``, ``translate_y``.
        strength: bits that stay; the lowest level that is inverted; the factor of a blend; degrees; a slope; pixels.
    """

    name: str
    strength: float = 0.0


class BatchedOperations:
    """Any of a list of operations for each image of a batch.

    Args:
        operations: the list.
        height: of the images.
        width: of the images.
        fill: level of pixels that come from outside the image.
        cubic_shear: shears interpolate by bicubic convolution; without, they take the nearest pixel, as all else does.

    Raises:
        UsageError: an unknown operation.
    """

    def __init__(
        self, operations: Sequence[Operation], height: int, width: int, *, fill: int, cubic_shear: bool
    ) -> None:
        moves = _SHIFTS if cubic_shear else (*_SHIFTS, *_SHEARS)
        groups = [("identity",), _LEVELS, _BLENDS, moves, _SHEARS if cubic_shear else ()]
        for operation in operations:
            if not any(operation.name in names for names in groups):
                raise unknown("operation", operation.name, [name for names in groups for name in names])
        self._groups = [[op for op in operations if op.name in names] for names in groups]
        # Inside, operations are numbered group by group, so that sorted numbers put the images of a group side by side.
        order = [i for names in groups for i, op in enumerate(operations) if op.name in names]
        self._number = torch.tensor(order).argsort()
        self._within = torch.cat([torch.arange(len(group)) for group in self._groups])
        self._ends = torch.tensor([len(group) for group in self._groups]).cumsum(0)
        self._fill, self._size = fill, (height, width)
        self._tables: dict[torch.device, list[tuple[Tensor, ...]]] = {}

    def apply(self, images: Tensor, which: Tensor) -> None:
        """Distort images (p, c, h, w) uint8 in place, each by operation ``which`` (p,) int64 of the list, on the CPU."""
        device = images.device
        numbers, order = self._number[which].sort(stable=True)
        ends = torch.searchsorted(numbers, self._ends).tolist()
        sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
        ordered, within, back = sent(torch.stack([order, self._within[numbers], order.argsort()]), device)
        parts, rows = images.index_select(0, ordered).split(sizes), within.split(sizes)
        done = [parts[0]]
        kernels: tuple[Callable[..., Tensor], ...] = (_look_up, _blend, self._move, self._shear)
        for i, (kernel, tables) in enumerate(zip(kernels, self._on(device), strict=True), 1):
            if self._groups[i]:
                done.append(kernel(parts[i], *(table.index_select(0, rows[i]) for table in tables)))
        images.copy_(torch.cat(done).index_select(0, back))

    def _on(self, device: torch.device) -> list[tuple[Tensor, ...]]:
        """Tables of each group on ``device``, a row for each of its operations."""
        if device not in self._tables:
            _, levels, blends, moves, shears = self._groups
            size = self._size
            taps = [cubic(affine(op.name, op.strength, *size), *size) for op in shears]
            made = [
                ([_fixed_levels(op) for op in levels], [_adaptive(op) for op in levels]),
                ([_blend_weights(op) for op in blends],),
                ([nearest(affine(op.name, op.strength, *size), *size)[None] for op in moves],),
                ([pixels.flatten()[None] for pixels, _ in taps], [weights[None] for _, weights in taps]),
            ]
            self._tables[device] = [tuple(torch.stack(rows).to(device) for rows in tables if rows) for tables in made]
        return self._tables[device]

    def _move(self, images: Tensor, maps: Tensor) -> Tensor:
        """Rotate, translate, shear: each pixel from the nearest one of the source."""
        return self._sources(images, maps).view_as(images)

    def _shear(self, images: Tensor, maps: Tensor, weights: Tensor) -> Tensor:
        """Shear: each pixel from four, cut off to whole levels."""
        taps = self._sources(images, maps).unflatten(2, (4, -1))
        return (taps * weights).sum(2).clamp_(0, 255).to(torch.uint8).view_as(images)

    def _sources(self, images: Tensor, maps: Tensor) -> Tensor:
        """The pixels (p, c, s) that ``maps`` (p, 1, s) name, the one after the last being what comes from outside."""
        pixels = functional.pad(images.flatten(2), (0, 1), value=self._fill)
        return pixels.gather(2, maps.expand(-1, images.shape[1], -1))


def _fixed_levels(op: Operation) -> Tensor:
    """What becomes of the levels 0 to 255, (1, 256), where no image decides it."""
    levels = torch.arange(256.0)[None]
    if op.name == "posterise":
        step = 2.0 ** (8 - op.strength)
        return (levels / step).floor() * step
    if op.name in ("solarise", "invert"):
        return torch.where(levels < (op.strength if op.name == "solarise" else 0), levels, 255 - levels)
    return levels


def _adaptive(op: Operation) -> Tensor:
    """(2, 1, 1) flags: whether the image decides by its extremes, and whether by its histogram."""
    return torch.tensor([op.name == "autocontrast", op.name == "equalise"]).view(2, 1, 1)


def _blend_weights(op: Operation) -> Tensor:
    """(4, 1, 1, 1): shares of the grey image, its mean and the smoothed one in what is blended with, and the factor."""
    shares = [op.name == name for name in ("colour", "contrast", "sharpness")]
    return torch.tensor([*map(float, shares), op.strength]).view(4, 1, 1, 1)


def _look_up(images: Tensor, fixed: Tensor, flags: Tensor) -> Tensor:
    """Posterise, solarise, invert, autocontrast, equalise: every level of a channel becomes another."""
    pixels = images.flatten(2).long()
    lowest, highest = pixels.aminmax(dim=2, keepdim=True)
    counts = torch.zeros(*pixels.shape[:2], 256, dtype=torch.int32, device=images.device)
    counts.scatter_add_(2, pixels, counts.new_ones(()).expand(pixels.shape))
    by_extremes, by_counts = flags.unbind(1)
    # Autocontrast: i becomes 255 (i - lowest) // (highest - lowest).
    stretched = torch.arange(0, 255 * 256, 255, device=images.device).sub(lowest, alpha=255)
    # Equalise: 255 steps lead to the pixels below the highest level; i becomes (pixels below i + step / 2) // step.
    step = (pixels.shape[2] - counts.gather(2, highest)).div(255, rounding_mode="floor")
    below = counts.cumsum(2, dtype=torch.float32).sub_(counts).add_(step, alpha=0.5)
    divisor = torch.where(by_extremes, highest - lowest, step * by_counts)
    levels = (torch.where(by_extremes, stretched, below) / divisor).clamp_(max=255)  # made whole when they become bytes
    return torch.where(divisor > 0, levels, fixed).gather(2, pixels).to(torch.uint8).view_as(images)


def _blend(images: Tensor, weights: Tensor) -> Tensor:
    """Brightness, colour, contrast, sharpness: ``d + factor (x - d)`` with a degenerate image d, cut off to whole levels."""
    pixels = images.float()
    grey = _grey(pixels)
    mean = (grey.mean((2, 3), keepdim=True) + 0.5).floor_()
    by_grey, by_mean, by_smooth, factor = weights.unbind(1)
    degenerate = (by_grey * grey).addcmul_(by_mean, mean).addcmul(by_smooth, _smooth(pixels))
    return (pixels - degenerate).mul_(factor).add_(degenerate).clamp_(0, 255).to(torch.uint8)


def _grey(pixels: Tensor) -> Tensor:
    """Levels (p, c, h, w) as grey ones (p, 1, h, w); all sums are exact."""
    if pixels.shape[1] != 3:
        return pixels[:, :1]
    red, green, blue = pixels.split(1, 1)
    return (red * (19595 / 65536)).add_(green, alpha=38470 / 65536).add_(blue, alpha=7471 / 65536).add_(0.5).floor_()


def _smooth(pixels: Tensor) -> Tensor:
    """Means over 3 x 3 pixels, the middle one five times; the outermost pixels stay."""
    height, width = pixels.shape[-2:]
    around = _band(height, pixels.device) @ pixels @ _band(width, pixels.device)
    return pixels.lerp(around.add_(pixels, alpha=4).div_(13).round_(), _interior(height, width, pixels.device))


@lru_cache(maxsize=16)
def _band(side: int, device: torch.device) -> Tensor:
    """The matrix (side, side) that adds up neighbours: ones on three diagonals."""
    return torch.ones(side, side, device=device).triu(-1).tril(1)


@lru_cache(maxsize=16)
def _interior(height: int, width: int, device: torch.device) -> Tensor:
    """1 in the image, 0 on its outermost pixels."""
    return functional.pad(torch.ones(max(height - 2, 0), max(width - 2, 0), device=device), [1] * 4)[:height, :width]
