"""What is learnt from images without labels: consistency, sharpened guesses, pseudo-labels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from contentmix.errors import require


def sharpen(probabilities: Tensor, temperature: float) -> Tensor:
    """``p_k^(1/T) / sum_j p_j^(1/T)``: probabilities (..., k), nearer to one class the lower T is (MixMatch, eq. 7)."""
    require(temperature > 0, f"temperature is {temperature}: sharpening needs one above 0 (1 changes nothing)")
    return (_single(probabilities).log() / temperature).softmax(-1)


def probability_distance(logits: Tensor, targets: Tensor) -> Tensor:
    """``mean_k (softmax(z)_k - q_k)^2``: logits and probabilities (..., k) to (...,) (thesis eq. 2.1).

    The mean is over classes: the weights of Mean Teacher (thesis: 300) and of MixMatch (37.5) are stated for it.
    """
    return (_single(logits).softmax(-1) - targets).square().mean(-1)


def logit_distance(logits: Tensor, others: Tensor) -> Tensor:
    """``mean_k (z_k - z'_k)^2``: logits (..., k) to (...,) (thesis A.1.1)."""
    return (_single(logits) - _single(others)).square().mean(-1)


def pseudo_label_loss(logits: Tensor, weak_logits: Tensor, threshold: float) -> tuple[Tensor, Tensor, Tensor]:
    """Cross-entropy against the classes that the weak views are sure of (thesis eq. 2.3).

    Args:
        logits: (b, k) of the strong views.
        weak_logits: (b, k) of the weak views, which get no gradient.
        threshold: least probability of a pseudo-label.

    Returns:
        Losses (b,), 0 where the weak view is unsure; pseudo-labels (b,) int64; and which are sure (b,) bool.
    """
    confidence, labels = _single(weak_logits.detach()).softmax(-1).max(-1)
    sure = confidence >= threshold
    losses = functional.cross_entropy(_single(logits), labels, reduction="none")
    return torch.where(sure, losses, 0.0), labels, sure


def agreed_labels(logits: Tensor, threshold: float, agreement: bool) -> tuple[Tensor, Tensor, Tensor]:
    """What the members of an ensemble are sure of together.

    Args:
        logits: (b, m, k) of m members for the same images; they get no gradient.
        threshold: least probability of a pseudo-label, in the mean of the members'.
        agreement: whether every member must find the pseudo-label the most probable class.

    Returns:
        Pseudo-labels (b,) int64, which are sure (b,) bool, and on which all members agree (b,) bool.
    """
    probabilities = _single(logits.detach()).softmax(-1)
    confidence, labels = probabilities.mean(1).max(-1)
    agreed = (probabilities.argmax(-1) == labels[:, None]).all(1)
    sure = confidence >= threshold
    return labels, sure & agreed if agreement else sure, agreed


def _single(values: Tensor) -> Tensor:
    """Half precision, which a network under autocast returns, as single: losses are small differences."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
