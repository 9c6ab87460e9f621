"""Shapes of binary masks: which pixels a patch of a given area covers. One shape, one file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from contentmix.mixing.shapes.concat import HorizontalConcat, VerticalConcat
from contentmix.mixing.shapes.cowmix import CowMix
from contentmix.mixing.shapes.fmix import FMix
from contentmix.mixing.shapes.patchup import PatchUp
from contentmix.mixing.shapes.rectangle import Rectangle
from contentmix.mixing.shapes.soft import Soft


class MaskShape(Protocol):
    """Draws one patch per sample, all in one call. Any object with such a ``draw`` will do.

    The generator may be on the CPU and ``share`` on another device: what is drawn is ``sent`` there.
    A shape of rectangles that has ``spans`` too (``Spanned``) is drawn by these, which saves a device most of the work.
    """

    def draw(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Patches (b, h, w) of zeros and ones, or bool, that cover ``share`` (b,) of ``size`` = (h, w), where that is."""
        ...


SHAPES: dict[str, Callable[[], MaskShape]] = {
    "rectangle": Rectangle,
    "horizontal-concat": HorizontalConcat,
    "vertical-concat": VerticalConcat,
    "patchup": PatchUp,
    "fmix": FMix,
    "cowmix": CowMix,
}

__all__ = [
    "SHAPES",
    "CowMix",
    "FMix",
    "HorizontalConcat",
    "MaskShape",
    "PatchUp",
    "Rectangle",
    "Soft",
    "VerticalConcat",
]
