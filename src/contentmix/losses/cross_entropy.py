"""Soft-target cross-entropy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from contentmix.errors import require

# Logits (..., k) and soft targets (..., k) to losses (...,); with class weights (k,) as `weights` where these are asked for.
Criterion = Callable[..., Tensor]


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """``n / (k n_c)`` of each class c: (k,) weights whose mean over the n ``labels`` is 1.

    scikit-learn's "balanced", and the weights of Cui et al. 2019 for beta = 1 but for their scale. Classes without a label
    have infinity.
    """
    counts = torch.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts.float())


def weighted(criterion: Criterion, weights: Tensor | None) -> Criterion:
    """``criterion`` with ``weights`` (k,) of the classes, which it then takes by that name; itself where there are none."""
    return criterion if weights is None else partial(criterion, weights=weights)


def known_label_loss(logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
    """``mean_b w_y -log softmax(z)_y``: a mean over images, whatever their weights, so that these keep their scale.

    Args:
        logits: (b, k).
        labels: (b,).
        weights: (k,) of the classes; None weighs all alike.
    """
    return functional.cross_entropy(logits.float(), labels, weights, reduction="none").mean()


def soft_cross_entropy(logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
    """``-sum_k w_k y_k log softmax(z)_k`` for each prediction.

    Args:
        logits: (..., k), unnormalised.
        targets: (..., k), each row summing to 1.
        weights: (k,) of the classes; None weighs all alike.

    Returns:
        (...,) not averaged.

    Raises:
        UsageError: shapes that differ.
    """
    require(
        logits.shape == targets.shape,
        f"logits {tuple(logits.shape)} and targets {tuple(targets.shape)} differ in shape",
    )
    # Half-precision logits meet targets in the targets' precision: ratios would lose theirs.
    precision = torch.promote_types(logits.dtype, targets.dtype)
    losses = functional.cross_entropy(
        logits.to(precision).flatten(0, -2),
        targets.to(precision).flatten(0, -2),
        None if weights is None else weights.to(precision),
        reduction="none",
    )
    return losses.view(logits.shape[:-1])
