"""What a network is worth where somebody else decides on the images that it is least sure of.

Geifman & El-Yaniv 2017, "Selective Classification for Deep Neural Networks": accuracy over coverage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from contentmix.batch import class_numbers
from contentmix.errors import require
from contentmix.metrics.accuracy import correct


@dataclass(frozen=True)
class Coverage:
    """Accuracy on the images that a network is surest of, for several shares of them.

    Attributes:
        share: of the images that it decides on, in (0, 1]
        accuracy: on these, in %
        confidence: the lowest of theirs: whatever is below is left to somebody else
    """

    share: tuple[float, ...]
    accuracy: tuple[float, ...]
    confidence: tuple[float, ...]


def accuracy_over_coverage(probs: Tensor, labels: Tensor, shares: Sequence[float]) -> Coverage:
    """Accuracy on the ``ceil(share * n)`` images of the largest probabilities, for each share.

    Args:
        probs: (n, k) probabilities.
        labels: (n,) integers.
        shares: each in (0, 1].

    Raises:
        UsageError: no image, or a share outside.
    """
    require(len(labels) > 0, "no image to decide on: give one or more")
    outside = [share for share in shares if not 0 < share <= 1]
    require(not outside, f"shares are {outside}: choose them in (0, 1]")
    confidence, order = probs.max(-1).values.sort(descending=True, stable=True)
    right = correct(probs, labels)[order].double().cumsum(0)
    counts = [math.ceil(round(share * len(labels), 9)) for share in shares]
    return Coverage(
        tuple(shares),
        tuple(100 * right[count - 1].item() / count for count in counts),
        tuple(confidence[count - 1].item() for count in counts),
    )


def confusions(scores: Tensor, labels: Tensor) -> list[tuple[int, int, int]]:
    """How often each class was taken for each: ``(true class, named class, images)`` for every pair that occurs, in order.

    Args:
        scores: (n, k) logits or probabilities.
        labels: (n,) integers.
    """
    pairs = torch.stack([class_numbers(labels), scores.argmax(-1)], 1)
    found, counts = pairs.unique(dim=0, return_counts=True)
    return [(truth, said, count) for (truth, said), count in zip(found.tolist(), counts.tolist(), strict=True)]
