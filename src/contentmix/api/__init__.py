"""What most people need, by one call each: train, load, evaluate, and a table of runs."""

from contentmix.api.model import Model, Prediction, load
from contentmix.api.table import evaluate_run, list_runs
from contentmix.api.train import Run, open_run, resume, train

__all__ = ["Model", "Prediction", "Run", "evaluate_run", "list_runs", "load", "open_run", "resume", "train"]
