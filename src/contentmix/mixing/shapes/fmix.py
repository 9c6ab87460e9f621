"""The patches of FMix."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from contentmix.devices import generator_on
from contentmix.mixing.shapes.largest import largest


@dataclass(frozen=True)
class FMix:
    """Contiguous regions: the largest values of low-pass filtered noise (Harris et al. 2020; sec. 1.2).

    The spectrum of complex Gaussian noise is divided by ``max(f, 1 / max(h, w)) ^ decay``, f the spatial frequency.

    Args:
        decay: power of the decay; higher is smoother (FMix: 3).
    """

    decay: float = 3.0

    def draw(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Patches (b, h, w); the area is exact to a pixel."""
        height, width = size
        vertical = torch.fft.fftfreq(height, device=share.device)[:, None]
        horizontal = torch.fft.rfftfreq(width, device=share.device)[None, :]
        frequency = (vertical**2 + horizontal**2).sqrt().clamp(min=1 / max(size))
        shape = (len(share), *frequency.shape, 2)
        generator = generator_on(share.device, generator)
        noise = torch.view_as_complex(torch.randn(shape, generator=generator, device=share.device))
        return largest(torch.fft.irfft2(noise / frequency**self.decay, s=size), share)
