"""Strong views: RandAugment, then Cutout, of whole batches on the device where they are."""

from __future__ import annotations

import torch
from torch import Tensor

from contentmix.data.batched_operations import BatchedOperations, Operation
from contentmix.data.members import BatchPlan
from contentmix.data.rectangles import rectangles

GREY = 127
LEVELS = range(1, 10)  # of 10
_EITHER_WAY = ("rotate", "shear_x", "shear_y", "translate_x", "translate_y")
_NAMES = (
    "identity", "autocontrast", "equalise", "posterise", "solarise", "brightness", "colour", "contrast", "sharpness",
    *_EITHER_WAY,
)  # fmt: skip


def operation(name: str, level: int, sign: int, side: int) -> Operation:
    """An operation at a level of 1 to 9 tenths of its range, in FixMatch's (its appendix D).

    Blends by 0.05 to 0.95, 4 to 8 bits, solarised from 256 down to 0, rotations up to 30 degrees, shears up to 0.3, translations
    up to 0.3 of ``side``, in whole pixels; these three with either ``sign``, 1 or -1.
    """
    strength = {
        "posterise": 4 + 4 * level // 10,
        "solarise": 256 - 256 * level // 10,
        "rotate": sign * (30 * level // 10),
        **dict.fromkeys(("shear_x", "shear_y"), sign * 0.3 * level / 10),
        **dict.fromkeys(("translate_x", "translate_y"), sign * int(0.3 * level / 10 * side)),
        **dict.fromkeys(("brightness", "colour", "contrast", "sharpness"), 0.9 * level / 10 + 0.05),
    }
    return Operation(name, strength.get(name, 0.0))


class StrongView:
    """FixMatch's strong augmentation (Sohn et al. 2020, appendix D; thesis section 2.2.1.2).

    Each image draws ``num_ops`` of 14 operations, and for each of them whether it is made, with probability 1/2, its level, 1
    to 9 of 10, and its sign, as in google-research/fixmatch (its augmentation ``rac``). Ranges, which are the paper's, the
    nearest pixel and black outside are those of kekmodel/FixMatch-pytorch (``RandAugmentMC(2, 10)``). Then a grey square of
    half the image's side anywhere on it, cut at the border.
    """

    def __init__(self, num_ops: int = 2) -> None:
        self.num_ops = num_ops
        self._operations: dict[tuple[int, int], BatchedOperations] = {}

    def distort(self, pixels: Tensor, plan: BatchPlan, rows: slice, generator: torch.Generator) -> None:
        """Distort the strong views of ``pixels`` (b, v, c, h, w) uint8, in place.

        Args:
            pixels: the views that this process sees.
            plan: says which views are strong.
            rows: this process's rows of the global batch, for which the draws are made.
            generator: on the CPU.
        """
        for view, kind in enumerate(plan.views):
            if kind == "strong":
                pixels[:, view] = self.distorted(pixels[:, view], plan.positions, rows, generator)

    def distorted(self, images: Tensor, size: int, rows: slice, generator: torch.Generator) -> Tensor:
        """Images (b, c, h, w) uint8, which are ``rows`` of ``size``, distorted."""
        images, (height, width) = images.clone(), images.shape[-2:]
        operations = self._sized(height, width)
        for _ in range(self.num_ops):
            name, level, sign, made = (
                torch.randint(choices, (size,), generator=generator)[rows]
                for choices in (len(_NAMES), len(LEVELS), 2, 2)
            )
            operations.apply(images, ((name * len(LEVELS) + level) * 2 + sign) * made)
        side = torch.tensor([[height], [width]])
        centre = torch.stack([torch.randint(length, (size,), generator=generator) for length in (height, width)])
        square = rectangles(centre[:, rows] - side // 4, side // 2, height, width, images.device).to(torch.uint8)
        return images.mul_(1 - square).add_(square, alpha=GREY)

    def _sized(self, height: int, width: int) -> BatchedOperations:
        """Every operation at every level, with both signs; the first is the identity."""
        if (height, width) not in self._operations:
            sides = {"translate_x": width, "translate_y": height}
            every = [
                operation(name, level, sign, sides.get(name, 0))
                for name in _NAMES
                for level in LEVELS
                for sign in (1, -1)
            ]
            made = BatchedOperations(every, height, width, fill=0, cubic_shear=False)
            self._operations[height, width] = made
        return self._operations[height, width]


__all__ = ["StrongView"]
