"""Unmixing: each head sees the final features through the mask of its own input (sec. 3.4.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from contentmix.batch import Mixture
from contentmix.errors import require


@dataclass(frozen=True)
class Unmixing:
    """Multiplies the final features ``F`` by ``m_i + r (1 - m_i)`` for each input i, before they are pooled for head i.

    The mask ``m_i`` is resized to the features; pooling is over all positions, so with ``r = 0`` a head receives the part of
    the mean that its input contributes. Only mixtures with masks are unmixed; uniform ones show every input everywhere.

    Args:
        share: share of the channels that are unmixed, the first ones; the others reach every head as they are
            (partial unmixing: 0.25).
        fade_epochs: epoch by which unmixing has faded out, ``r = min(1, epoch / fade_epochs)`` (thesis: 100 of 300); None
            keeps ``r = 0``.

    Raises:
        UsageError: a value outside these.
    """

    share: float = 1.0
    fade_epochs: float | None = None

    def __post_init__(self) -> None:
        require(0 < self.share <= 1, f"share is {self.share}: choose the share of unmixed channels in (0, 1]")
        require(
            self.fade_epochs is None or self.fade_epochs > 0,
            f"fade_epochs is {self.fade_epochs}: unmixing fades out over a positive number of epochs",
        )

    def faded(self, epoch: float) -> float:
        """``r`` at ``epoch``: 0 unmixes, 1 no longer does."""
        return 0.0 if self.fade_epochs is None else min(1.0, epoch / self.fade_epochs)

    def __call__(self, features: Tensor, mixture: Mixture, epoch: float = 0.0) -> Tensor:
        """Features (b, c, h, w) of mixed inputs to those of each input, (b, m, c, h, w)."""
        height, width = features.shape[-2:]
        masks = mixture.at((height, width)).masks.to(features.dtype)
        fade = self.faded(epoch)
        if fade:
            masks = masks + fade * (1 - masks)
        channels = round(self.share * features.shape[1])
        unmixed = features[:, None, :channels] * masks[:, :, None]
        if channels == features.shape[1]:
            return unmixed
        rest = features[:, None, channels:].expand(-1, masks.shape[1], -1, -1, -1)
        return torch.cat([unmixed, rest], 2)
