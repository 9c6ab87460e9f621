"""Patches that are partly transparent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from contentmix.devices import sent
from contentmix.mixing.ratios import Dirichlet, RatioLaw

if TYPE_CHECKING:
    from contentmix.mixing.shapes import MaskShape


@dataclass(frozen=True)
class Soft:
    """Another shape with ``mu`` on its patch and ``1 - mu`` beside it: CutMix and MixUp at once (thesis A.1.5).

    Args:
        shape: of the patch.
        law: of mu, one for each sample (thesis: Beta(0.8, 0.8), DeiT's MixUp).
    """

    shape: MaskShape
    law: RatioLaw = field(default_factory=lambda: Dirichlet(0.8))

    def draw(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Patches (b, h, w)."""
        patch = self.shape.draw(share, size, generator)
        mu = sent(self.law.draw(len(share), 2, generator)[:, 0, None, None], share.device)
        return torch.lerp(1 - mu, mu, patch.to(mu.dtype))
