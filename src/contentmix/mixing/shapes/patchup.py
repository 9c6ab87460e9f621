"""The patches of PatchUp."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from contentmix.devices import generator_on
from contentmix.errors import require


@dataclass(frozen=True)
class PatchUp:
    """Square blocks around Bernoulli seeds, as in DropBlock (Faramarzi et al. 2022; sec. 1.2), one mask for all channels.

    A pixel is covered unless none of the ``block^2`` positions around it is a seed, so the rate
    ``gamma = 1 - (1 - share)^(1 / block^2)`` covers it with probability ``share``; seeds are drawn beyond the border too,
    which makes that hold for every pixel. (DropBlock's own rate, ``share / block^2``, neglects overlaps.) The area is
    therefore right on average; the border clips blocks.

    Args:
        block: side of a block in pixels, odd (PatchUp: 7).
    """

    block: int = 7

    def __post_init__(self) -> None:
        require(self.block >= 1 and self.block % 2 == 1, f"block is {self.block}: choose an odd number of pixels")

    def draw(self, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Patches (b, h, w)."""
        rate = 1 - (1 - share) ** (1 / self.block**2)
        canvas = [length + self.block - 1 for length in size]
        generator = generator_on(share.device, generator)
        chance = torch.rand((len(share), *canvas), generator=generator, device=share.device)
        seeds = (chance < rate[:, None, None]).float()
        rows = functional.max_pool2d(seeds[:, None], (1, self.block), stride=1)
        return functional.max_pool2d(rows, (self.block, 1), stride=1)[:, 0]
