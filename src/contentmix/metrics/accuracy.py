"""Top-k accuracy."""

from __future__ import annotations

import torch
from torch import Tensor

from contentmix.batch import class_numbers
from contentmix.errors import require


def correct(scores: Tensor, labels: Tensor, top: int = 1) -> Tensor:
    """Whether the true class is among the ``top`` highest scores.

    Among equal scores the lower class number comes first, as in ``argmax``: a network that predicts a constant gets no
    credit for ties.

    Args:
        scores: (n, ..., k) logits, probabilities or log-probabilities.
        labels: (n,) integers.
        top: how many classes may be named, 1 to k.

    Returns:
        (n, ...) bool.

    Raises:
        UsageError: ``top`` is not in 1 to k.
    """
    classes = scores.shape[-1]
    require(1 <= top <= classes, f"top is {top}: with {classes} classes choose 1 to {classes}")
    truth = class_numbers(labels).view(-1, *(1,) * (scores.dim() - 1)).expand(*scores.shape[:-1], 1)
    own = scores.gather(-1, truth)
    before = torch.arange(classes, device=scores.device) < truth
    rank = ((scores > own) | ((scores == own) & before)).sum(-1)
    return rank < top


def top_k_accuracy(scores: Tensor, labels: Tensor, top: int = 1) -> float:
    """Share (%) of images whose true class is among the ``top`` highest of ``scores`` (n, k); see ``correct``."""
    return 100.0 * correct(scores, labels, top).double().mean().item()
