"""Calibration: does a confidence of 80% come true 80% of the time?

torchmetrics' calibration error is not used: it gives confidence 1.0 a sixteenth bin of its own, where an
over-confident network hides its errors from those at 0.99.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from contentmix.errors import require
from contentmix.metrics.accuracy import correct


@dataclass(frozen=True)
class Reliability:
    """Predictions by confidence, in bins of equal width over [0, 1].

    Attributes:
        confidence: (bins,) mean confidence of the bin's images, NaN where it is empty
        accuracy: (bins,) share of them that are right, NaN where it is empty
        count: (bins,) int64 how many they are
    """

    confidence: Tensor
    accuracy: Tensor
    count: Tensor

    def expected_calibration_error(self) -> float:
        """``ECE = sum_bin count / n * |accuracy - confidence|``, in [0, 1] (Naeini et al. 2015)."""
        gap = (self.accuracy - self.confidence).abs().nan_to_num()
        return (gap * self.count / self.count.sum()).sum().item()

    def to_dict(self) -> dict[str, list[Any]]:
        """Plain values for JSON: lists of numbers, and None for what is NaN."""
        means = {"confidence": self.confidence.tolist(), "accuracy": self.accuracy.tolist()}
        plain = {name: [value if math.isfinite(value) else None for value in values] for name, values in means.items()}
        return {**plain, "count": self.count.tolist()}


def reliability(probs: Tensor, labels: Tensor, bins: int = 15) -> Reliability:
    """Sort predictions into bins by confidence (the largest probability).

    Bin i of B holds the confidences in ``((i - 1) / B, i / B]`` (Guo et al. 2017), so 1.0 belongs to the last.

    Args:
        probs: (n, k) probabilities.
        labels: (n,) int64.
        bins: how many (thesis: 15, A.1.3.2).

    Raises:
        UsageError: fewer than one bin, no image, or values that are no probabilities.
    """
    require(bins >= 1, f"bins is {bins}: choose 1 or more")
    require(len(labels) > 0, "no image to calibrate: give one or more")
    confidence = probs.double().max(-1).values
    low, high = float(confidence.min()), float(confidence.max())
    require(
        low >= 0 and high <= 1 + 1e-5,
        f"confidences run from {low:g} to {high:g}: give probabilities, not logits or log-probabilities",
    )
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64, device=probs.device)
    # Only inner edges: nothing can fall outside the first and the last bin, whatever rounding does to 1.0.
    index = torch.bucketize(confidence, edges[1:-1])
    count = torch.bincount(index, minlength=bins)
    hits = torch.bincount(index, weights=correct(probs, labels).double(), minlength=bins)
    return Reliability(torch.bincount(index, weights=confidence, minlength=bins) / count, hits / count, count)


def expected_calibration_error(probs: Tensor, labels: Tensor, bins: int = 15) -> float:
    """ECE of probabilities (n, k) against labels (n,), in [0, 1]; arguments and errors as ``reliability``."""
    return reliability(probs, labels, bins).expected_calibration_error()
