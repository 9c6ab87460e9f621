"""What most people need, by one call each: train, load, evaluate, compare, and a table of runs."""

from contentmix.api.compare import Comparison, compare
from contentmix.api.model import Model, Prediction, load
from contentmix.api.table import evaluate_run, list_runs
from contentmix.api.train import Run, open_run, resume, train

__all__ = [
    "Comparison", "Model", "Prediction", "Run", "compare", "evaluate_run", "list_runs", "load", "open_run", "resume", "train",
]  # fmt: skip
