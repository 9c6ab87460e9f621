"""Metrics: they know predictions and labels, nothing of how these came about.

``evaluate`` gives every figure of the thesis's evaluation from one ``MemberLogits``; each figure is a function of its own
for use in any loop, and ``cost`` prices a network.
"""

from contentmix.metrics.accuracy import correct, top_k_accuracy
from contentmix.metrics.calibration import Reliability, expected_calibration_error, reliability
from contentmix.metrics.cost import Cost, cost
from contentmix.metrics.diversity import ratio_error
from contentmix.metrics.ensemble import Average, ensemble_log_probs, join
from contentmix.metrics.evaluation import Evaluation, evaluate
from contentmix.metrics.nll import nll
from contentmix.metrics.temperature import CalibratedNLL, calibrated_nll, fit_temperature, halves

__all__ = [
    "Average",
    "CalibratedNLL",
    "Cost",
    "Evaluation",
    "Reliability",
    "calibrated_nll",
    "correct",
    "cost",
    "ensemble_log_probs",
    "evaluate",
    "expected_calibration_error",
    "fit_temperature",
    "halves",
    "join",
    "nll",
    "ratio_error",
    "reliability",
    "top_k_accuracy",
]
