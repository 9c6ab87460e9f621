"""Pixel CutMix under a mixing block: what the mask of a member leaves visible decides its target (A.1.3.1)."""

from __future__ import annotations

import torch
from torch import Tensor

from contentmix.batch import Mixture, Partners
from contentmix.mixing.apply import mix_partners
from contentmix.mixing.drawn import draw_patches
from contentmix.mixing.ratios import Dirichlet
from contentmix.mixing.shapes import Rectangle


def visible_ratio(keep: Tensor, member_mask: Tensor) -> Tensor:
    """``lam' = sum(m mask_i) / sum(mask_i)``: the share of an image that its CutMix keeps, of what the member shows.

    Args:
        keep: (p, h, w) ones where the image itself was kept.
        member_mask: (p, h, w) or (p, 1, 1) the member's mixing mask.

    Returns:
        (p,); the plain share where the member shows nothing.
    """
    shown = member_mask.expand_as(keep)
    total = shown.sum((-2, -1))
    return torch.where(total > 0, (keep * shown).sum((-2, -1)) / total, keep.mean((-2, -1)))


def keep_own_predominant(keep: Tensor, ratio: Tensor) -> tuple[Tensor, Tensor]:
    """Swap the two images where the image itself would hold less than half of what is visible.

    Args:
        keep: (p, h, w).
        ratio: (p,) its visible ratio.

    Returns:
        The mask and the ratio after the swap, ``1 - keep`` and ``1 - ratio`` where ``ratio < 0.5``.
    """
    swap = ratio < 0.5
    return torch.where(swap[:, None, None], 1 - keep, keep), torch.where(swap, 1 - ratio, ratio)


def cutmix_members(
    images: Tensor,
    targets: Tensor,
    partners: Partners,
    partner_targets: Tensor,
    mixture: Mixture,
    generator: torch.Generator,
    *,
    alpha: float = 1.0,
) -> tuple[Tensor, Tensor]:
    """Make a CutMix with its partner of each member image that has one.

    Args:
        images: (b, m, c, h, w), left untouched.
        targets: (b, m, k).
        partners: of p of the b * m images.
        partner_targets: (p, k).
        mixture: that the members are about to be mixed with.
        generator: of the rectangles and their areas.
        alpha: Beta concentration of the areas (thesis: 1).

    Returns:
        Images and targets of the same shapes.
    """
    height, width = images.shape[-2:]
    rows = partners.rows
    area = Dirichlet(alpha).draw(len(rows), 2, generator)[:, :1]
    (patch,), _ = draw_patches(Rectangle(), area, (height, width), generator, images.device)
    keep = 1 - patch
    member_masks = mixture.at((height, width)).masks.flatten(0, 1)[rows]
    keep, ratio = keep_own_predominant(keep, visible_ratio(keep, member_masks))
    mixed, blended = mix_partners(images.flatten(0, 1), targets.flatten(0, 1), partners, partner_targets, keep, ratio)
    return mixed.view_as(images), blended.view_as(targets)
