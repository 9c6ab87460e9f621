"""Mixers: a ratio law and a mask shape make the masks of a mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from contentmix.batch import Mixture
from contentmix.devices import sent
from contentmix.errors import require
from contentmix.mixing.drawn import check_draws, draw_patches, draw_ratios
from contentmix.mixing.ratios import RatioLaw
from contentmix.mixing.shapes import MaskShape


def layers(ratios: Tensor, patched: int) -> tuple[Tensor, Tensor]:
    """What the inputs hold under the patch that shows input ``patched``, and on it (eq. A.4): (b, m) each.

    On it that is all of input k, under it ``kappa_j / (1 - kappa_k)`` of each other: for two inputs all of the other.

    Args:
        ratios: (b, m).
        patched: the input k.
    """
    on = torch.zeros_like(ratios)
    on[:, patched] = 1
    others = ratios * (1 - on)
    total = others.sum(1, keepdim=True)
    # kappa_k = 1 leaves nothing to divide: any share of nothing is right.
    even = (1 - on) / (ratios.shape[1] - 1)
    return torch.where(total > 0, others / total, even), on


def paste(under: Tensor, on: Tensor, patch: Tensor) -> Tensor:
    """Masks (b, m, h, w) that are ``on`` where ``patch`` (b, h, w) is one and ``under`` where it is zero, in one operation.

    Args:
        under: (b, m), or masks (b, m, h, w).
        on: (b, m).
        patch: in [0, 1], of their type.
    """
    under = under[:, :, None, None] if under.dim() == 2 else under
    return torch.lerp(under, on[:, :, None, None], patch[:, None])


@dataclass(frozen=True)
class Mixer:
    """Draws a ``Mixture`` of m inputs, per sample, in one batched call.

    ``Mixer(Equal())`` sums (MIMO), ``Mixer(Dirichlet(2))`` interpolates (MixUp, Linear-MixMo), and
    ``Mixer(Dirichlet(2), Rectangle(), prob=0.5)`` pastes patches (Cut-MixMo, sec. 3.3.2).

    Args:
        law: of the ratios.
        shape: of the binary masks; None mixes linearly.
        prob: probability for a batch to be mixed by binary masks instead of linearly (Cut-MixMo: 0.5).
        patched: which input the patch shows: one drawn at random per batch, or always the last, the ``partner``.
    """

    law: RatioLaw
    shape: MaskShape | None = None
    prob: float = 1.0
    patched: Literal["random", "partner"] = "random"

    def __post_init__(self) -> None:
        check_draws("law", self.law)
        if self.shape is not None:
            check_draws("shape", self.shape)
        require(0 <= self.prob <= 1, f"prob is {self.prob}: a probability is in [0, 1]")

    def draw(
        self,
        size: int,
        members: int,
        image_size: tuple[int, int],
        generator: torch.Generator,
        *,
        prob: float | None = None,
        device: torch.device | None = None,
    ) -> Mixture:
        """One mixture.

        Args:
            size: samples b.
            members: inputs m >= 2.
            image_size: (h, w) of what will be mixed: pixels, or positions of a feature map.
            generator: source of the draw; on the CPU, no draw waits for a device.
            prob: in place of ``self.prob``, for schedules.
            device: where the masks are wanted (default: the generator's).

        Raises:
            UsageError: fewer than two inputs, or the law or the shape drew what is no ratio or no mask.
        """
        require(members >= 2, f"members is {members}: mixing needs 2 inputs or more")
        device = device or generator.device
        ratios = draw_ratios(self.law, size, members, generator)
        if self.shape is None or not happens(self.prob if prob is None else prob, generator):
            ratios = sent(ratios, device)
            return Mixture(ratios[:, :, None, None], ratios)
        patched = members - 1
        if self.patched == "random":
            patched = int(torch.randint(members, (), generator=generator, device=generator.device))
        share, parts = ratios[:, patched : patched + 1], layers(ratios, patched)
        (patch,), (under, on) = draw_patches(self.shape, share, image_size, generator, device, *parts)
        masks = paste(under, on, patch)
        return Mixture(masks, masks.mean((-2, -1)))


def happens(prob: float, generator: torch.Generator) -> bool:
    """Whether an event of probability ``prob`` happens; certain ones draw nothing. A host waits for a generator on a device."""
    if prob in (0, 1):
        return bool(prob)
    return bool(torch.rand((), generator=generator, device=generator.device) < prob)
