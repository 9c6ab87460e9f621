"""Diversity of an ensemble's members, from their errors."""

from __future__ import annotations

import torch
from torch import Tensor

from contentmix.metrics.accuracy import correct


def ratio_error(logits: Tensor, labels: Tensor) -> float:
    """``d_re``, the pairwise ratio-error diversity (Aksela 2003; sec. 3.3.4): higher is more diverse.

    For two members, ``(errors made by exactly one) / (errors made by both)``; the mean over all pairs. A pair that never
    errs together has the ratio ``inf``, or ``nan`` when neither errs alone either (0/0), and the mean takes it over; a
    single member has no pair: ``nan``. Where figures are written as JSON all of these become null.

    Args:
        logits: (n, m, k) float.
        labels: (n,) int64.
    """
    wrong = (~correct(logits, labels)).double()  # (n, m)
    both = wrong.T @ wrong  # (m, m): on the diagonal, each member's own errors
    own = both.diagonal()
    exactly_one = own[:, None] + own[None, :] - 2 * both
    i, j = torch.triu_indices(len(own), len(own), offset=1, device=wrong.device)
    return (exactly_one[i, j] / both[i, j]).mean().item()
