"""AutoAugment of whole batches, on the device where they are."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from contentmix.data.batched_operations import BatchedOperations, Operation

FILL = 128
# Sub-policies of two operations: probability, name and magnitude of each. Names of a row of _RANGES below.
_CIFAR = """
0.1 invert       7  0.2 contrast     6
0.7 rotate       2  0.3 translate_x  9
0.8 sharpness    1  0.9 sharpness    3
0.5 shear_y      8  0.7 translate_y  9
0.5 autocontrast 8  0.9 equalise     2
0.2 shear_y      7  0.3 posterise    7
0.4 colour       3  0.6 brightness   7
0.3 sharpness    9  0.7 brightness   9
0.6 equalise     5  0.5 equalise     1
0.6 contrast     7  0.6 sharpness    5
0.7 colour       7  0.5 translate_x  8
0.3 equalise     7  0.4 autocontrast 8
0.4 translate_y  3  0.2 sharpness    6
0.9 brightness   6  0.2 colour       8
0.5 solarise     2  0.0 invert       3
0.2 equalise     0  0.6 autocontrast 0
0.2 equalise     8  0.6 equalise     4
0.9 colour       9  0.6 equalise     6
0.8 autocontrast 4  0.2 solarise     8
0.1 brightness   3  0.7 colour       0
0.4 solarise     5  0.9 autocontrast 3
0.9 translate_y  9  0.7 translate_y  9
0.9 autocontrast 2  0.8 solarise     3
0.8 equalise     8  0.1 invert       3
0.7 translate_y  9  0.9 autocontrast 1
"""
_IMAGENET = """
0.4 posterise    8  0.6 rotate       9
0.6 solarise     5  0.6 autocontrast 5
0.8 equalise     8  0.6 equalise     3
0.6 posterise    7  0.6 posterise    6
0.4 equalise     7  0.2 solarise     4
0.4 equalise     4  0.8 rotate       8
0.6 solarise     3  0.6 equalise     7
0.8 posterise    5  1.0 equalise     2
0.2 rotate       3  0.6 solarise     8
0.6 equalise     8  0.4 posterise    6
0.8 rotate       8  0.4 colour       0
0.4 rotate       9  0.6 equalise     2
0.0 equalise     7  0.8 equalise     8
0.6 invert       4  1.0 equalise     8
0.6 colour       4  1.0 contrast     8
0.8 rotate       8  1.0 colour       2
0.8 colour       8  0.8 solarise     7
0.4 sharpness    7  0.6 invert       8
0.6 shear_x      5  1.0 equalise     9
0.4 colour       0  0.6 equalise     3
0.4 equalise     7  0.2 solarise     4
0.6 solarise     5  0.6 autocontrast 5
0.6 invert       4  1.0 equalise     8
0.6 colour       4  1.0 contrast     8
0.8 equalise     8  0.6 equalise     3
"""


def operation(name: str, magnitude: int, sign: int, side: int) -> Operation:
    """An operation at a magnitude of 0 to 9, in DeepVoltaire's ranges.

    Shears up to 0.3, translations up to 150/331 of ``side`` pixels, blends by up to 0.9 and either ``sign``, 1 or -1; rotations
    up to 30 degrees, anticlockwise; 8 to 4 bits; solarised from 256 down to 0.
    """
    share = magnitude / 9
    if name in ("shear_x", "shear_y"):
        return Operation(name, sign * 0.3 * share)
    if name in ("translate_x", "translate_y"):
        return Operation(name, sign * 150 / 331 * share * side)
    if name in ("brightness", "colour", "contrast", "sharpness"):
        return Operation(name, 1 + sign * 0.9 * share)
    strength = {"rotate": 30 * share, "posterise": round(8 - 4 * share), "solarise": 256 * (1 - share)}
    return Operation(name, strength.get(name, 0.0))


class BatchAutoAugment:
    """AutoAugment (Cubuk et al. 2019) as the thesis has it (A.1.5): the policies and operations of DeepVoltaire/AutoAugment.

    torchvision's policies are the same, its operations are not: here, what comes from outside is grey, shears are bicubic, and
    rotations go one way. Each image draws its sub-policy, whether each of its two operations is made, and its sign.

    Args:
        image_size: side in pixels: CIFAR's policies up to 64, ImageNet's above.
        policies: sub-policies, a line each, to have in their place.
    """

    def __init__(self, image_size: int, policies: str | None = None) -> None:
        text = policies or (_CIFAR if image_size <= 64 else _IMAGENET)
        words = [line.split() for line in text.strip().splitlines()]
        self._probability = torch.tensor([[float(line[0]), float(line[3])] for line in words])
        # Numbers (sub-policies, 2 operations, 2 signs) of each operation in its stage's list, whose first is the identity.
        make, batched = partial(operation, side=image_size), partial(BatchedOperations, fill=FILL, cubic_shear=True)
        self._number, self._stages = torch.empty(len(words), 2, 2, dtype=torch.long), []
        for stage in (0, 1):
            drawn = [[make(line[3 * stage + 1], int(line[3 * stage + 2]), sign) for sign in (1, -1)] for line in words]
            every = list(dict.fromkeys([Operation("identity"), *(op for pair in drawn for op in pair)]))
            self._number[:, stage] = torch.tensor([[every.index(op) for op in pair] for pair in drawn])
            self._stages.append(batched(every, image_size, image_size))

    def distort(self, images: Tensor, rows: Tensor, size: int, generator: torch.Generator) -> None:
        """Distort images (p, c, h, w) uint8 in place; they are ``rows`` (p,) of ``size``, for which the draws are made."""
        policy = torch.randint(len(self._probability), (size,), generator=generator)[rows]
        chance = torch.rand(size, 2, generator=generator)[rows]
        negative = torch.randint(2, (size, 2), generator=generator)[rows]
        made = chance < self._probability[policy]
        numbers = self._number[policy].gather(2, negative[..., None])[..., 0] * made
        for stage, which in zip(self._stages, numbers.unbind(1), strict=True):
            stage.apply(images, which)
