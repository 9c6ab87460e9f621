"""What finished runs cost, as it is measured: inference here and now, training as their records tell."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from contentmix.devices import words_of
from contentmix.metrics import cost
from contentmix.report import Record, load_record
from contentmix.runs.ensemble import load_ensemble
from contentmix.runs.model import TrainedModel

BATCH, WARMUPS, REPEATS = 64, 2, 9


def measure_cost(runs: Sequence[Path], device: str = "auto") -> dict[str, Any]:
    """Costs of ``runs`` predicting together, by the names of ``report.COST`` and with how they were measured.

    Inference is the median of some passes over a batch, training the sum over the runs.

    Args:
        runs: folders of finished runs.
        device: where to predict.

    Raises:
        UsageError: there is none, or they do not predict together.
    """
    models = load_ensemble(runs, device=device)
    inputs, place = models[0].inputs, models[0].device
    images = torch.zeros(BATCH, inputs.channels, inputs.image_size, inputs.image_size, device=place)
    records = [load_record(run) for run in runs]
    flops = [cost(model.network.predict, model.network, images[:1]).flops for model in models]  # type: ignore[arg-type]
    return {
        "mflops": sum(flops) / 1e6,
        "predict_ms": 1000 * _seconds(models, images) / BATCH,
        **{f"train_{name}": value for name, value in training_of(records).items()},
        "interrupted": sum(record.train["seconds"] is None for record in records),
        "device": words_of(place),
        "batch": BATCH,
        "passes": REPEATS,
    }


def training_of(records: Sequence[Record]) -> dict[str, Any]:
    """Steps and seconds of the training of all together; None seconds where one was interrupted, of which they are not known."""
    seconds = [record.train["seconds"] for record in records]
    return {
        "steps": sum(record.train["steps"] for record in records),
        "seconds": None if None in seconds else round(sum(seconds), 1),
    }


def _seconds(models: Sequence[TrainedModel], images: torch.Tensor) -> float:
    """Median time of one pass of all models."""
    taken = []
    for _ in range(WARMUPS + REPEATS):
        begun = time.perf_counter()
        # What is read back has been computed.
        _ = [model.predict(images).float().cpu() for model in models]
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[WARMUPS:])
