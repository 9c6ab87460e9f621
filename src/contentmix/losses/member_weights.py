"""The weights of the members' losses (sec. 3.3.2.2)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from contentmix.errors import require
from contentmix.losses.cross_entropy import Criterion, soft_cross_entropy


def member_weights(ratios: Tensor, r: float) -> Tensor:
    """``w_r(kappa_i) = M kappa_i^(1/r) / sum_j kappa_j^(1/r)`` (eq. 3.3, A.2): they sum to M.

    Args:
        ratios: (b, m) recomputed ratios, each row summing to 1.
        r: 1 weighs by the ratio itself, larger is more even, ``inf`` is even. Thesis: 3.

    Raises:
        UsageError: ``r`` is not positive.
    """
    require(r > 0, f"r is {r}: the loss weights need r > 0 (1 is linear, inf no reweighting)")
    if math.isinf(r):
        return torch.ones_like(ratios)
    powers = ratios ** (1 / r)
    return powers / powers.mean(1, keepdim=True)


def shown_ratios(ratios: Tensor, reserved: float) -> Tensor:
    """``(1 - s) kappa_i + s / M``: what members see of their inputs where a share s of the channels is reserved for them.

    A mask shows member i kappa_i of its input in shared channels, and nothing hides any of it in its own. With s = 0 these are
    the ratios; with s = 1 all are equal, as the weights of networks that learn beside one another are (beyond the thesis).

    Args:
        ratios: (b, m), each row summing to 1.
        reserved: s, in [0, 1].
    """
    return ratios if reserved == 0 else (1 - reserved) * ratios + reserved / ratios.shape[1]


def member_loss(
    logits: Tensor, targets: Tensor, ratios: Tensor, r: float, criterion: Criterion = soft_cross_entropy
) -> Tensor:
    """``mean_b sum_i w_r(kappa_i) CE(d_i, y_i)`` (eq. 3.1, A.1).

    Args:
        logits: (b, m, k).
        targets: (b, m, k).
        ratios: (b, m).
        r: of ``member_weights``.
        criterion: logits (b, m, k) and soft targets to losses (b, m), in place of cross-entropy.
    """
    return (member_weights(ratios, r) * criterion(logits, targets)).sum(1).mean()
