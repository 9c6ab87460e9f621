"""Patches that split the image in two with one straight cut."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from contentmix.devices import sent
from contentmix.mixing.shapes.spans import patch_of


def _strip(share: Tensor, length: int, generator: torch.Generator) -> Tensor:
    """(b, length) ones over ``share`` of the positions, at the start or at the end at random."""
    count = (length * share).round()[:, None]
    position = torch.arange(length, device=share.device).expand(len(share), length)
    at_end = sent(torch.rand((len(share), 1), generator=generator, device=generator.device) < 0.5, share.device)
    return (torch.where(at_end, length - 1 - position, position) < count).float()


@dataclass(frozen=True)
class HorizontalConcat:
    """The left or the right part of the image, at random (Summers and Dinneen 2019; sec. 1.2)."""

    def draw(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Patches (b, h, w); the area is exact to half a column."""
        return patch_of(*self.spans(share, size, generator))

    def spans(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The rows (b, h) and the columns (b, w) of patches, ones and zeros."""
        columns = _strip(share, size[1], generator)
        return columns.new_ones(len(share), size[0]), columns


@dataclass(frozen=True)
class VerticalConcat:
    """The upper or the lower part of the image, at random (Summers and Dinneen 2019; sec. 1.2)."""

    def draw(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Patches (b, h, w); the area is exact to half a row."""
        return patch_of(*self.spans(share, size, generator))

    def spans(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The rows (b, h) and the columns (b, w) of patches, ones and zeros."""
        rows = _strip(share, size[0], generator)
        return rows, rows.new_ones(len(share), size[1])
