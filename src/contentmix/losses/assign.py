"""Which head predicts which input (table 3.4)."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor

from contentmix.devices import sent
from contentmix.errors import unknown

Rule = Literal["own", "random", "predominant", "mixed"]


def assign(targets: Tensor, ratios: Tensor, rule: Rule, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Targets and ratios as the heads see them.

    Args:
        targets: (b, m, k) of the inputs.
        ratios: (b, m) of the inputs.
        rule: ``own``: head i predicts input i. ``random``: the inputs in a random order, drawn per sample.
            ``predominant``: in the order of falling ratio. ``mixed``: one head predicts ``sum_i kappa_i y_i``.
        generator: of the random order.

    Returns:
        (b, m, k) and (b, m); for ``mixed`` (b, 1, k) and (b, 1).
    """
    if rule == "own":
        return targets, ratios
    if rule == "mixed":
        return (ratios[:, :, None] * targets).sum(1, keepdim=True), torch.ones_like(ratios[:, :1])
    if rule == "random":
        order = sent(torch.rand(ratios.shape, generator=generator, device=generator.device).argsort(1), ratios.device)
    elif rule == "predominant":
        order = ratios.argsort(dim=1, descending=True, stable=True)
    else:
        raise unknown("assignment", rule, get_args(Rule))
    return targets.take_along_dim(order[:, :, None], 1), ratios.take_along_dim(order, 1)
