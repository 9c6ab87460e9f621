"""Soft-target cross-entropy."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from contentmix.errors import require

# Logits (..., k) and soft targets (..., k) to losses (...,).
Criterion = Callable[[Tensor, Tensor], Tensor]


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
    # Half-precision logits meet targets in the targets' precision: ratios would lose theirs.
    precision = torch.promote_types(logits.dtype, targets.dtype)
    losses = functional.cross_entropy(
        logits.to(precision).flatten(0, -2), targets.to(precision).flatten(0, -2), reduction="none"
    )
    return losses.view(logits.shape[:-1])
