"""Temperature scaling and the calibrated negative log-likelihood.

Guo et al. 2017, "On Calibration of Modern Neural Networks"; Ashukha et al. 2020, "Pitfalls of In-Domain Uncertainty
Estimation": ensembles are to be compared after temperature scaling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]
from torch import Tensor

from contentmix.errors import require
from contentmix.keys import keyed_generator
from contentmix.metrics.nll import nll

# Temperatures of trained networks lie within about 0.3 and 5. Limits are needed because a set without a single error
# would be fitted best by T -> 0, which would then punish any error of the other half without bound.
COLDEST, HOTTEST = 0.05, 20.0


@dataclass(frozen=True)
class CalibratedNLL:
    """The calibrated negative log-likelihood and the two temperatures that it was scored with.

    Attributes:
        value: nats
        temperatures: fitted on the first and on the second half
    """

    value: float
    temperatures: tuple[float, float]


def tempered(scores: Tensor, temperature: float) -> Tensor:
    """Log-probabilities ``log softmax(scores / T)`` in double precision; which class is the most probable stays as it is.

    Args:
        scores: (n, k) logits or log-probabilities (they give the same).
        temperature: T > 0; 1 changes nothing, a higher one makes probabilities more equal.
    """
    return (scores.double() / temperature).log_softmax(-1)


def fit_temperature(scores: Tensor, labels: Tensor) -> float:
    """The temperature T in [0.05, 20] that minimises the NLL of ``softmax(scores / T)``.

    Args:
        scores: (n, k) logits or log-probabilities (they give the same T).
        labels: (n,) int64.
    """
    double = scores.double()  # once, not at each temperature that is tried

    # The NLL is convex in 1/T, hence has a single minimum in log T too.
    def loss(log_temperature: float) -> float:
        return nll(tempered(double, math.exp(log_temperature)), labels)

    limits = (math.log(COLDEST), math.log(HOTTEST))
    found = minimize_scalar(loss, bounds=limits, method="bounded", options={"xatol": 1e-6})
    return math.exp(float(found.x))


def halves(images: int) -> tuple[Tensor, Tensor]:
    """The two halves of a test set of ``images`` images, as sorted positions; the second has the odd one.

    The split is a keyed random permutation that depends on the number of images only: every network that is evaluated on
    a test set is calibrated on the same halves, and a test set sorted by class is split fairly.
    """
    order = torch.randperm(images, generator=keyed_generator(0, "calibration-halves", images))
    return order[: images // 2].sort().values, order[images // 2 :].sort().values


def calibrated_nll(scores: Tensor, labels: Tensor) -> CalibratedNLL:
    """``NLL_c``: the temperature fitted on one half of the test set scores the other, and the reverse (sec. 3.3.4).

    ``NLL_c = 1/n (sum_{j in A} -log softmax(z_j / T_B)[y_j] + sum_{j in B} -log softmax(z_j / T_A)[y_j])``, that is the
    average of the two halves (exactly so when n is even). Applied after the members were averaged.

    It says how good the probabilities could be made, and compares networks whatever their own temperature; the one that a run
    keeps for predicting (``runs.calibration``) is another, fitted on its validation images, and takes nothing from the test set.

    Args:
        scores: (n, k) logits or log-probabilities of the ensemble.
        labels: (n,) int64.

    Raises:
        UsageError: fewer than two images.
    """
    images = len(labels)
    require(
        images >= 2, f"calibrated NLL of {images} image(s): it needs one half to fit and one to score, so 2 or more"
    )
    first, second = (half.to(labels.device) for half in halves(images))
    temperatures = tuple(fit_temperature(scores[half], labels[half]) for half in (first, second))
    total = sum(
        len(half) * nll(tempered(scores[half], temperature), labels[half])
        for half, temperature in ((second, temperatures[0]), (first, temperatures[1]))
    )
    return CalibratedNLL(total / images, (temperatures[0], temperatures[1]))
