"""Metrics: they know predictions and labels, or weights and feature maps, nothing of how these came about.

``evaluate`` gives every figure of the thesis's evaluation from one ``MemberLogits``; each figure is a function of its own
for use in any loop, and ``cost`` prices a network.
"""

from contentmix.metrics.accuracy import correct, top_k_accuracy
from contentmix.metrics.calibration import Reliability, expected_calibration_error, reliability
from contentmix.metrics.cost import Cost, class_attention_cost, cost, mixvit_overhead, self_attention_cost
from contentmix.metrics.coverage import Coverage, accuracy_over_coverage, confusions
from contentmix.metrics.disagreement import disagreement
from contentmix.metrics.diversity import ratio_error
from contentmix.metrics.ensemble import ensemble_log_probs, join
from contentmix.metrics.evaluation import Evaluation, evaluate
from contentmix.metrics.feature_usage import (
    ConditionalVariance,
    filter_activity,
    input_influence,
    output_influence,
    sharing_rate,
)
from contentmix.metrics.hybrid_quality import HybridQuality, hybrid_quality, probe_accuracy
from contentmix.metrics.nll import nll
from contentmix.metrics.out_of_distribution import Detection, detection
from contentmix.metrics.temperature import CalibratedNLL, calibrated_nll, fit_temperature, halves, tempered

__all__ = [
    "CalibratedNLL",
    "ConditionalVariance",
    "Cost",
    "Coverage",
    "Detection",
    "Evaluation",
    "HybridQuality",
    "Reliability",
    "accuracy_over_coverage",
    "calibrated_nll",
    "class_attention_cost",
    "confusions",
    "correct",
    "cost",
    "detection",
    "disagreement",
    "ensemble_log_probs",
    "evaluate",
    "expected_calibration_error",
    "filter_activity",
    "fit_temperature",
    "halves",
    "hybrid_quality",
    "input_influence",
    "join",
    "mixvit_overhead",
    "nll",
    "output_influence",
    "probe_accuracy",
    "ratio_error",
    "reliability",
    "self_attention_cost",
    "sharing_rate",
    "tempered",
    "top_k_accuracy",
]
