"""Laws of the mixing ratios: how much of each input a mixed input holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from contentmix.errors import require


class RatioLaw(Protocol):
    """Draws ratios (b, m), non-negative, each row summing to 1, on the generator's device."""

    def draw(self, size: int, members: int, generator: torch.Generator) -> Tensor:
        """Ratios (size, members)."""
        ...


@dataclass(frozen=True)
class Dirichlet:
    """``kappa ~ Dirichlet(alpha, ..., alpha)``; for two inputs, ``lam ~ Beta(alpha, alpha)``.

    Args:
        alpha: concentration > 0; 1 is uniform, larger is closer to equal shares (MixMo: 2, sec. 3.3.2).
        per_batch: one draw for the whole batch instead of one per sample.
    """

    alpha: float
    per_batch: bool = False

    def __post_init__(self) -> None:
        require(self.alpha > 0, f"alpha is {self.alpha}: the concentration of a Beta or Dirichlet law is positive")

    def draw(self, size: int, members: int, generator: torch.Generator) -> Tensor:
        """Ratios (size, members)."""
        # In double precision even alpha = 0.01 does not underflow to 0 / 0.
        precision = torch.float32 if generator.device.type == "mps" else torch.float64
        rows = 1 if self.per_batch else size
        alpha = torch.full((rows, members), self.alpha, dtype=precision, device=generator.device)
        ratios = torch._sample_dirichlet(
            alpha, generator=generator
        )  # what torch.distributions calls, which takes no generator
        return ratios.float().expand(size, members)


@dataclass(frozen=True)
class LargestFirst:
    """The ratios of another law, the largest first: an image keeps the largest share of its mixture (MixMatch, eq. 9).

    Args:
        law: draws them.
    """

    law: RatioLaw

    def draw(self, size: int, members: int, generator: torch.Generator) -> Tensor:
        """Ratios (size, members), each row descending."""
        return self.law.draw(size, members, generator).sort(1, descending=True).values


@dataclass(frozen=True)
class Equal:
    """``kappa_i = 1/m``: the plain sum of MIMO (sec. 3.2.2)."""

    def draw(self, size: int, members: int, generator: torch.Generator) -> Tensor:
        """Ratios (size, members)."""
        return torch.full((size, members), 1 / members, device=generator.device)
