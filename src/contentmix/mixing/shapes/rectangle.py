"""The patch of CutMix."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from contentmix.devices import sent
from contentmix.mixing.shapes.spans import patch_of


@dataclass(frozen=True)
class Rectangle:
    """A rectangle with the image's proportions at a uniform centre, clipped at the border (Yun et al. 2019; sec. 1.2).

    Its sides are ``h sqrt(share)`` and ``w sqrt(share)``, rounded to pixels; what the border clips is lost, which is why
    ratios are recomputed from the mask.
    """

    def draw(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Patches (b, h, w)."""
        return patch_of(*self.spans(share, size, generator))

    def spans(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The rows (b, h) and the columns (b, w) of patches, ones and zeros."""
        drawn = [torch.randint(length, share.shape, generator=generator, device=generator.device) for length in size]
        spans, root = [], share.sqrt()
        for length, centre in zip(size, sent(torch.stack(drawn), share.device), strict=True):
            side = (length * root).round()
            start = (centre - torch.div(side, 2, rounding_mode="floor"))[:, None]
            position = torch.arange(length, device=share.device)
            spans.append(((position >= start) & (position < start + side[:, None])).float())
        rows, columns = spans
        return rows, columns
