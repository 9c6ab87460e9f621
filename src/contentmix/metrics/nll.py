"""Negative log-likelihood."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from contentmix.batch import class_numbers


def nll(log_probs: Tensor, labels: Tensor) -> float:
    """Mean negative log-likelihood in nats, ``-1/n sum_j log p(y_j | x_j)``, without temperature (A.1.3.2).

    Args:
        log_probs: (n, k) log-probabilities, normalised.
        labels: (n,) integers.
    """
    return functional.nll_loss(log_probs.double(), class_numbers(labels)).item()
