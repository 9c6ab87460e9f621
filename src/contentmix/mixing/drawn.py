"""What a ratio law and a mask shape draw, held against what it must be: any object with a ``draw`` may stand for either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from contentmix.devices import sent_together
from contentmix.errors import UsageError, kind_of, require
from contentmix.mixing.shapes.spans import Spanned, patch_of

if TYPE_CHECKING:
    from contentmix.mixing.ratios import RatioLaw
    from contentmix.mixing.shapes import MaskShape


def check_draws(name: str, piece: object) -> None:
    """Raise a ``UsageError`` unless ``piece`` is an object with a ``draw``."""
    require(
        callable(getattr(piece, "draw", None)) and not isinstance(piece, type),
        f"{name} is {kind_of(piece)}: give an object that has a draw, as cm.Dirichlet(2.0) or cm.Rectangle()",
    )


def draw_ratios(law: RatioLaw, size: int, members: int, generator: torch.Generator) -> Tensor:
    """Ratios (size, members) of ``law``; their values are looked at on the CPU, where nothing waits for it.

    Raises:
        UsageError: they are of another shape, negative, or do not sum to 1.
    """
    ratios = law.draw(size, members, generator)
    _check_shape(law, ratios, (size, members))
    if ratios.device.type == "cpu" and size:
        sums = ratios.sum(1)
        lowest, least, most = float(ratios.min()), float(sums.min()), float(sums.max())
        if not (lowest >= 0 and 1 - least < 1e-3 and most - 1 < 1e-3):
            raise UsageError(
                f"{type(law).__name__} drew ratios from {lowest:.3g} on, with sums from {least:.3g} to {most:.3g}: they must be "
                "0 or more, and sum to 1 in each row"
            )
    return ratios


def draw_patches(
    shape: MaskShape,
    shares: Tensor,
    size: tuple[int, int],
    generator: torch.Generator,
    device: torch.device,
    *beside: Tensor,
) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """Patches of ``shape``, of floats in [0, 1], and what else has to be sent.

    Args:
        shape: of the patches. Where these are rectangles (``Spanned``), their edges are made where the shares are.
        shares: (b, j) of j patches of each sample, drawn one after the other.
        size: (h, w).
        generator: source of the draws.
        device: where the patches are wanted.
        beside: (b, n) each, of the type of the shares: goes there with them.

    Returns:
        j patches (b, h, w), and ``beside``, on ``device``.

    Raises:
        UsageError: patches of another shape, or with other values.
    """
    count = shares.shape[1]
    # Masks are exact in single precision: a network's autocast must not reach the products that shapes are made of.
    with torch.autocast(device.type, enabled=False):
        if isinstance(shape, Spanned):
            spans = zip(*(shape.spans(shares[:, j], size, generator) for j in range(count)), strict=True)
            edges = (torch.cat(each, 1).to(shares.dtype) for each in spans)
            rows, columns, *there = sent_together(device, *edges, *beside)
            patches = patch_of(rows.unflatten(1, (count, -1)), columns.unflatten(1, (count, -1)))
            return patches.unbind(1), there
        shares, *there = sent_together(device, shares, *beside)
        return [_draw_patch(shape, shares[:, j], size, generator).to(shares.dtype) for j in range(count)], there


def _draw_patch(shape: MaskShape, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
    patch = shape.draw(share, size, generator)
    _check_shape(shape, patch, (len(share), *size))
    if patch.device.type == "cpu" and patch.dtype != torch.bool and len(patch):
        low, high = (float(end) for end in patch.aminmax())
        if not 0 <= low <= high <= 1:
            raise UsageError(
                f"{type(shape).__name__} drew values from {low:.3g} to {high:.3g}: a mask is bool, or from 0 to 1"
            )
    return patch


def _check_shape(piece: object, drawn: object, wanted: tuple[int, ...]) -> None:
    if not isinstance(drawn, Tensor) or drawn.shape != wanted:
        what = tuple(drawn.shape) if isinstance(drawn, Tensor) else kind_of(drawn)
        raise UsageError(f"{type(piece).__name__} drew {what}: its draw must return a tensor {wanted}")
