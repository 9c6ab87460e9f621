"""Collages: mixtures in which every position shows one input only, for inputs that are mixed as tokens (A.1.5)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from contentmix.batch import Mixture
from contentmix.devices import sent
from contentmix.errors import require
from contentmix.mixing.drawn import check_draws, draw_patches, draw_ratios
from contentmix.mixing.mixer import paste
from contentmix.mixing.ratios import RatioLaw
from contentmix.mixing.shapes import MaskShape


@dataclass(frozen=True)
class Collage:
    """Pastes a patch of each further input onto the first, in an order drawn per batch.

    Input j covers the share ``kappa_j / (kappa_1 + ... + kappa_j)`` of what lies there already, so that all shares are
    kappa's on average; for two inputs this is CutMix's mask.

    Args:
        law: of the ratios kappa (MixViT: Dirichlet(0.5)).
        shape: of the patches (MixViT: rectangles).
    """

    law: RatioLaw
    shape: MaskShape

    def __post_init__(self) -> None:
        check_draws("law", self.law)
        check_draws("shape", self.shape)

    def draw(
        self,
        size: int,
        members: int,
        image_size: tuple[int, int],
        generator: torch.Generator,
        device: torch.device | None = None,
    ) -> Mixture:
        """One mixture with masks (size, members, h, w) of zeros and ones, on ``device`` (default: the generator's).

        Raises:
            UsageError: fewer than two inputs, or the law or the shape drew what is no ratio or no mask.
        """
        require(members >= 2, f"members is {members}: mixing needs 2 inputs or more")
        order = torch.randperm(members, generator=generator, device=generator.device)
        ratios = draw_ratios(self.law, size, members, generator)[:, order]
        device = device or generator.device
        shares = (ratios / ratios.cumsum(1).clamp_min(torch.finfo(ratios.dtype).tiny))[:, 1:]
        whole = (order[:, None] == torch.arange(members, device=order.device)).to(ratios.dtype)  # each input's own mask
        given = whole[:, None].expand(-1, size, -1).unbind()
        patches, (masks, *pasted) = draw_patches(self.shape, shares, image_size, generator, device, *given)
        for on, patch in zip(pasted, patches, strict=True):
            masks = paste(masks, on, patch.round())  # no position shows two inputs
        return Mixture(masks, masks.mean((-2, -1)))


def majority(mixture: Mixture, grid: tuple[int, int], generator: torch.Generator) -> Mixture:
    """The input that most pixels of each patch show: a mask for each patch of a ``grid`` of (rows, columns).

    Ties go to one input, drawn for the batch (for several: in an order drawn for it). Ratios are recomputed on patches.
    """
    members = mixture.masks.shape[1]
    votes = mixture.at(grid).masks
    rank = torch.randperm(members, generator=generator, device=generator.device)
    pixels = mixture.masks[0, 0].numel() / (grid[0] * grid[1])
    # Less than one pixel's vote: it decides between equals only.
    bonus = rank / (2 * members * pixels)
    inputs = torch.arange(members, device=rank.device)
    bonus, inputs = sent(torch.stack([bonus, inputs])[:, :, None, None], votes.device)
    masks = ((votes + bonus).argmax(1, keepdim=True) == inputs).float()
    return Mixture(masks, masks.mean((-2, -1)))


def one_source(size: int, members: int, generator: torch.Generator, device: torch.device | None = None) -> Mixture:
    """Every sample shows one input everywhere, drawn for it: constant masks (size, members, 1, 1), on ``device``."""
    shown = torch.randint(members, (size, 1), generator=generator, device=generator.device)
    ratios = sent((shown == torch.arange(members, device=shown.device)).float(), device or generator.device)
    return Mixture(ratios[:, :, None, None], ratios)
