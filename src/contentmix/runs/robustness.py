"""Finished runs, together, under corruptions of their test set (section 3.3.4.3, table 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path

import torch

from contentmix.batch import Batch
from contentmix.data import CORRUPTIONS, SEVERITIES, CorruptedLoader, DataSource, read_cifar_c
from contentmix.errors import require
from contentmix.metrics import ensemble_log_probs, nll, top_k_accuracy
from contentmix.options.run import RunOptions
from contentmix.report import CorruptionFigures, RobustnessRecord
from contentmix.runs.ensemble import ensemble_source, predict_together
from contentmix.runs.loaders import evaluation_loader
from contentmix.runs.model import TrainedModel

GENERATED = "generated"
EVERY = tuple(product(CORRUPTIONS, SEVERITIES))
Track = Callable[[list[tuple[str, int]]], Iterable[tuple[str, int]]]


def evaluate_corruptions(
    models: Sequence[TrainedModel],
    corrupted: str,
    *,
    data: str | None = None,
    average: str | None = None,
    kinds: Sequence[tuple[str, int]] = EVERY,
    track: Track = iter,
) -> RobustnessRecord:
    """Top-1, top-5 and plain NLL of the ensemble for each corruption and severity.

    Args:
        models: trained on the same kind of inputs.
        corrupted: ``generated`` from the test set, or a folder of CIFAR-C's files.
        data: another data set with the same classes.
        average: what is averaged over members (default: that of the first run).
        kinds: corruptions and severities.
        track: shows progress over them.

    Raises:
        UsageError, DataError: data, corruptions or their library do not fit or are missing.
    """
    source, run, device = ensemble_source(models, data)
    how = average or run.average
    figures, images, members = [], 0, 0
    for name, severity in track(list(kinds)):
        loader = _loader(source, run, corrupted, name, severity, device)
        predictions = predict_together(models, loader)
        images, members = predictions.logits.shape[:2]
        log_probs = ensemble_log_probs(predictions.logits, how).double()  # type: ignore[arg-type]
        top5 = top_k_accuracy(log_probs, predictions.labels, 5) if log_probs.shape[1] > 5 else None
        top1, nats = top_k_accuracy(log_probs, predictions.labels), nll(log_probs, predictions.labels)
        figures.append(CorruptionFigures(name, severity, top1, top5, nats))
    return RobustnessRecord(
        runs=[str(model.run) for model in models],
        data=run.data,
        source=corrupted,
        images=images,
        members=members,
        average=how,
        figures=tuple(figures),
    )


def _loader(
    source: DataSource, run: RunOptions, corrupted: str, name: str, severity: int, device: torch.device
) -> Iterable[Batch]:
    if corrupted == GENERATED:
        return CorruptedLoader(source.test, source, name, severity, device=device, workers=run.workers)
    found = read_cifar_c(Path(corrupted), name, severity)
    wanted = (source.channels, source.image_size, source.image_size)
    shape = tuple(found.images.shape[1:])
    require(
        shape == wanted, f"{corrupted} has images {shape}, the runs were trained on {wanted}: name files of their data"
    )
    return evaluation_loader(source, found, run, device)
