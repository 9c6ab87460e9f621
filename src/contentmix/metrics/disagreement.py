"""How far the members of an ensemble contradict each other on one image."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from contentmix.errors import require


def disagreement(logits: Tensor) -> Tensor:
    """Mutual information between class and member, as a share of the largest that there can be.

    ``(H(1/m sum_i p_i) - 1/m sum_i H(p_i)) / log min(m, k)``: 0 where all members say the same, 1 where each is sure of a class
    of its own. It is what more data could settle (Houlsby et al., 2011, arXiv 1112.5745, eq. 2; Depeweg et al., 2018,
    arXiv 1710.07283), and not the uncertainty that all members share.

    Args:
        logits: (n, m, k) float, of 2 members and 2 classes or more.

    Returns:
        (n,) in [0, 1].

    Raises:
        UsageError: the shape is none of the above.
    """
    require(
        logits.dim() == 3 and min(logits.shape[1:]) >= 2,
        f"logits have shape {tuple(logits.shape)}: they must be (n, m, k), of 2 members and 2 classes or more",
    )
    log_probs = logits.double().log_softmax(2)
    mean = log_probs.logsumexp(1) - math.log(logits.shape[1])
    information = _entropy(mean) - _entropy(log_probs).mean(1)
    return (information / math.log(min(logits.shape[1:]))).clamp(0, 1)


def _entropy(log_probs: Tensor) -> Tensor:
    """Of distributions along the last dimension; what has no probability adds nothing."""
    return torch.special.entr(log_probs.exp()).sum(-1)
