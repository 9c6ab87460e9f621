"""What a ratio law and a mask shape draw, held against what it must be: any object with a ``draw`` may stand for either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from contentmix.errors import UsageError, kind_of, require

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


def draw_patch(shape: MaskShape, share: Tensor, size: tuple[int, int], generator: torch.Generator) -> Tensor:
    """A patch (b, h, w) of ``shape`` for shares (b,), bool or in [0, 1]; likewise.

    Raises:
        UsageError: it is of another shape, or has other values.
    """
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
