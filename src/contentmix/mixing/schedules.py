"""Schedules of mixing."""

from __future__ import annotations

LAST_SHARE = 1 / 12


def binary_probability(prob: float, progress: float) -> float:
    """The probability of binary masks: ``prob``, falling linearly to 0 over the last twelfth of training.

    Section 3.3.4.1, algorithm A.6.

    Args:
        prob: before that.
        progress: share of the training done, in [0, 1].
    """
    return prob * min(1.0, (1 - progress) / LAST_SHARE)
