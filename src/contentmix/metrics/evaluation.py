"""Every figure of the thesis's evaluation (sec. 3.3.4, A.1.3.2) from predictions alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from contentmix.batch import MemberLogits
from contentmix.choices import Average
from contentmix.metrics.accuracy import top_k_accuracy
from contentmix.metrics.calibration import Reliability, reliability
from contentmix.metrics.diversity import ratio_error
from contentmix.metrics.ensemble import check, ensemble_log_probs
from contentmix.metrics.nll import nll
from contentmix.metrics.temperature import calibrated_nll


@dataclass(frozen=True)
class Evaluation:
    """Figures of an ensemble of ``members`` members on ``images`` images.

    Attributes:
        average: what was averaged over members: logits or probabilities
        top1: accuracy of the ensemble in %; top5 is None with 5 classes or fewer
        top5: accuracy of the ensemble in %; top5 is None with 5 classes or fewer
        nll: negative log-likelihood in nats, no temperature
        nll_c: the same after temperature scaling, each half of the images scored with the other's temperature; None for a
            single image
        temperatures: the two temperatures, fitted on the first and the second half
        ece: expected calibration error in [0, 1], 15 bins, no temperature
        member_top1: accuracy of each member alone in %
        d_re: ratio-error diversity; NaN or infinite where it is not defined (``ratio_error``)
        reliability: the bins behind ``ece``
    """

    images: int
    members: int
    average: Average
    top1: float
    top5: float | None
    nll: float
    nll_c: float | None
    temperatures: tuple[float, ...]
    ece: float
    member_top1: tuple[float, ...]
    d_re: float
    reliability: Reliability

    @property
    def member_top1_mean(self) -> float:
        """Mean accuracy of the members in %."""
        return sum(self.member_top1) / len(self.member_top1)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: lists, numbers, and None for what is NaN or infinite."""
        return {
            "images": self.images,
            "members": self.members,
            "average": self.average,
            "top1": self.top1,
            "top5": self.top5,
            "nll": self.nll,
            "nll_c": self.nll_c,
            "temperatures": list(self.temperatures),
            "ece": self.ece,
            "member_top1": list(self.member_top1),
            "member_top1_mean": self.member_top1_mean,
            "d_re": self.d_re if math.isfinite(self.d_re) else None,
            "reliability": self.reliability.to_dict(),
        }


def evaluate(predictions: MemberLogits, average: Average = "logits") -> Evaluation:
    """All figures of ``predictions``.

    Args:
        predictions: the members of one network, or of several (``join``), each of which then has the same part in the ensemble.
        average: ``logits`` (as the published MixMo numbers do) or ``probabilities``.

    Raises:
        UsageError: shapes that do not match, no image, an unknown ``average``.
        DataError: labels outside the classes, or logits that are not finite.
    """
    predictions = check(predictions)
    logits, labels = predictions.logits, predictions.labels
    images, members, classes = logits.shape
    log_probs = ensemble_log_probs(logits, average, predictions.weights).double()
    bins = reliability(log_probs.exp(), labels)
    calibrated = calibrated_nll(log_probs, labels) if images >= 2 else None
    return Evaluation(
        images=images,
        members=members,
        average=average,
        top1=top_k_accuracy(log_probs, labels),
        top5=top_k_accuracy(log_probs, labels, 5) if classes > 5 else None,
        nll=nll(log_probs, labels),
        nll_c=calibrated.value if calibrated else None,
        temperatures=calibrated.temperatures if calibrated else (),
        ece=bins.expected_calibration_error(),
        member_top1=tuple(top_k_accuracy(logits[:, member], labels) for member in range(members)),
        d_re=ratio_error(logits, labels),
        reliability=bins,
    )
