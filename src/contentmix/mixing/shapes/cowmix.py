"""The patches of CowMix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from contentmix.devices import generator_on, sent
from contentmix.errors import require
from contentmix.mixing.shapes.largest import largest


@dataclass(frozen=True)
class CowMix:
    """Cow-hide spots: blurred noise above its quantile (French et al. 2020; sec. 1.2).

    Each sample's noise is blurred by a Gaussian with sigma drawn log-uniformly; being separable, the blur is two
    matrix products, ``G_h noise G_w^T``, whose rows are renormalised at the border.

    Args:
        sigma_min: smallest sigma in pixels of a 32-pixel image; scales with the larger side (CowMix: 4).
        sigma_max: largest sigma (CowMix: 16).
    """

    sigma_min: float = 4.0
    sigma_max: float = 16.0

    def __post_init__(self) -> None:
        ordered = 0 < self.sigma_min <= self.sigma_max
        require(
            ordered, f"sigma_min is {self.sigma_min} and sigma_max {self.sigma_max}: choose 0 < sigma_min <= sigma_max"
        )

    def draw(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Patches (b, h, w); the area is exact to a pixel."""
        low, high = (math.log(sigma * max(size) / 32) for sigma in (self.sigma_min, self.sigma_max))
        drawn = torch.rand(share.shape, generator=generator, device=generator.device)
        sigma_px = (low + (high - low) * sent(drawn, share.device)).exp()
        generator = generator_on(share.device, generator)
        noise = torch.randn((len(share), *size), generator=generator, device=share.device)
        height, width = size
        return largest(_blur(height, sigma_px) @ noise @ _blur(width, sigma_px).mT, share)


def _blur(length: int, sigma_px: Tensor) -> Tensor:
    """(b, length, length) matrices that blur a signal of ``length`` pixels."""
    position = torch.arange(length, device=sigma_px.device)
    distance = position[:, None] - position[None, :]
    # softmax(-d^2 / 2 sigma^2) is the Gaussian, normalised over each row.
    return (-0.5 * distance**2 / sigma_px[:, None, None] ** 2).softmax(-1)
