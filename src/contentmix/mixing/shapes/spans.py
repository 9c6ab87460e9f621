"""Patches that are rectangles: some rows of the image by some of its columns."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor


@runtime_checkable
class Spanned(Protocol):
    """A mask shape whose patches are rectangles.

    Their rows and columns are so few numbers that they are drawn on the CPU, and sent instead of the patches.
    """

    def spans(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The rows (b, h) and the columns (b, w) of patches that cover ``share`` (b,), float ones and zeros."""
        ...


def patch_of(rows: Tensor, columns: Tensor) -> Tensor:
    """Patches (..., h, w), ones where ``rows`` (..., h) and ``columns`` (..., w) meet."""
    return rows[..., :, None] * columns[..., None, :]
