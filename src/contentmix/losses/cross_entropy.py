"""Soft-target cross-entropy."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from contentmix.errors import require


def soft_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """``-sum_k y_k log softmax(z)_k`` for each prediction.

    Args:
        logits: (..., k), unnormalised.
        targets: (..., k), each row summing to 1.

    Returns:
        (...,) not averaged.

    Raises:
        UsageError: shapes that differ.
    """
    require(
        logits.shape == targets.shape,
        f"logits {tuple(logits.shape)} and targets {tuple(targets.shape)} differ in shape",
    )
    losses = functional.cross_entropy(logits.flatten(0, -2), targets.flatten(0, -2).to(logits.dtype), reduction="none")
    return losses.view(logits.shape[:-1])
