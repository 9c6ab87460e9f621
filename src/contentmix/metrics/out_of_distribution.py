"""How well the certainty of predictions tells images of known classes from others."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from contentmix.errors import require

_ACCEPTED = 0.95


@dataclass(frozen=True)
class Detection:
    """How images of other classes are told by the greatest probability of each prediction (Hendrycks and Gimpel 2017).

    Attributes:
        auroc: probability, in %, that an image of a known class is more certain than one of another; 50 is chance.
        fpr95: share, in %, of the others that are as certain as the least certain of the 95 % most certain known ones.
    """

    auroc: float
    fpr95: float


def detection(known: Tensor, others: Tensor) -> Detection:
    """Figures of the log-probabilities (n, k) of images of known classes and (n', k) of others, by scikit-learn's ROC curve.

    Raises:
        UsageError: there are none of either.
    """
    require(
        len(known) > 0 and len(others) > 0,
        f"{len(known)} images of known classes, {len(others)} of others: give one or more of each",
    )
    from sklearn.metrics import auc, roc_curve

    certainty = [log_probs.amax(1).double().cpu() for log_probs in (known, others)]
    labels = [1] * len(known) + [0] * len(others)
    accepted, passed, _ = roc_curve(labels, [*certainty[0].tolist(), *certainty[1].tolist()], drop_intermediate=False)
    return Detection(100 * float(auc(accepted, passed)), 100 * float(accepted[passed >= _ACCEPTED].min()))
