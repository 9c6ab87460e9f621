"""Laws of the mixing ratios: how much of each input a mixed input holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from contentmix.errors import require

_SMALL = 0.1  # Of concentrations: those above are drawn as ever, bit for bit.


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
        require(
            1e-6 <= self.alpha <= 1e6,
            f"alpha is {self.alpha}: choose the concentration of a Beta or Dirichlet law in [1e-6, 1e6], beyond which ratios are "
            "0, 1 or equal as far as 32 bits can tell",
        )

    def draw(self, size: int, members: int, generator: torch.Generator) -> Tensor:
        """Ratios (size, members)."""
        precision = torch.float32 if generator.device.type == "mps" else torch.float64
        rows = 1 if self.per_batch else size
        alpha = torch.full((rows, members), self.alpha, dtype=precision, device=generator.device)
        # What torch.distributions calls, which takes no generator.
        draw = _in_logs if self.alpha < _SMALL else torch._sample_dirichlet
        ratios: Tensor = draw(alpha, generator=generator)
        return ratios.float().expand(size, members)


def _in_logs(alpha: Tensor, generator: torch.Generator) -> Tensor:
    """Dirichlet draws (b, m) by logarithms of Gamma ones, for concentrations whose Gamma draws underflow to 0 / 0.

    ``Gamma(alpha) ~ Gamma(alpha + 1) U^(1 / alpha)`` (Marsaglia and Tsang 2000, section 6).
    """
    gamma = torch._standard_gamma(alpha + 1, generator=generator)
    uniform = torch.rand(alpha.shape, dtype=alpha.dtype, device=alpha.device, generator=generator)
    return (gamma.log() + (1 - uniform).log() / alpha).softmax(1)


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
