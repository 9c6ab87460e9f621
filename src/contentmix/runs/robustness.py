"""Finished runs, together, under corruptions of their test set (section 3.3.4.3, table 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch

from contentmix.batch import Batch, MemberLogits
from contentmix.data import CorruptedImages, DataSource, dismiss, read_cifar_c
from contentmix.errors import require
from contentmix.metrics import ensemble_log_probs, nll, top_k_accuracy
from contentmix.options.run import RunOptions
from contentmix.report import CorruptionFigures, RobustnessRecord
from contentmix.runs.corrupted import GENERATED, kinds_of
from contentmix.runs.ensemble import ensemble_source, predict_together
from contentmix.runs.loaders import evaluation_loader
from contentmix.runs.model import TrainedModel

Track = Callable[[list[tuple[str, int]]], Iterable[tuple[str, int]]]


def evaluate_corruptions(
    models: Sequence[TrainedModel],
    corrupted: str,
    *,
    data: str | None = None,
    average: str | None = None,
    skip_broken: bool = False,
    kinds: Sequence[tuple[str, int]] | None = None,
    track: Track = iter,
) -> RobustnessRecord:
    """Top-1, top-5 and plain NLL of the ensemble for each corruption and severity.

    Args:
        models: trained on the same kind of inputs.
        corrupted: ``generated`` from the test set, or a folder of CIFAR-C's files.
        data: another data set with the same classes.
        average: what is averaged over members (default: that of the first run).
        skip_broken: leave out files of a folder that cannot be read.
        kinds: corruptions and severities (default: ``kinds_of``).
        track: shows progress over them.

    Raises:
        UsageError, DataError: data, corruptions or their library do not fit or are missing.
    """
    source, run, device = ensemble_source(models, data, skip_broken=skip_broken)
    how = average or run.average
    batches = _batches(source, run, corrupted, device)
    figures, images, members = [], 0, 0
    try:
        for name, severity in track(list(kinds_of(corrupted) if kinds is None else kinds)):
            predictions = predict_together(models, batches(name, severity))
            images, members = predictions.logits.shape[:2]
            figures.append(_figures(name, severity, predictions, how))
    finally:
        dismiss()
    return RobustnessRecord(
        runs=[str(model.run) for model in models],
        data=run.data,
        source=corrupted,
        images=images,
        members=members,
        average=how,
        figures=tuple(figures),
    )


def _figures(name: str, severity: int, predictions: MemberLogits, how: str) -> CorruptionFigures:
    log_probs = ensemble_log_probs(predictions.logits, how, predictions.weights).double()  # type: ignore[arg-type]
    top5 = top_k_accuracy(log_probs, predictions.labels, 5) if log_probs.shape[1] > 5 else None
    top1, nats = top_k_accuracy(log_probs, predictions.labels), nll(log_probs, predictions.labels)
    return CorruptionFigures(name, severity, top1, top5, nats)


def _batches(
    source: DataSource, run: RunOptions, corrupted: str, device: torch.device
) -> Callable[[str, int], Iterable[Batch]]:
    """What gives the batches of a corruption at a severity."""
    if corrupted == GENERATED:
        return CorruptedImages(source.test, source, device=device, workers=run.workers).under

    def read(name: str, severity: int) -> Iterable[Batch]:
        found = read_cifar_c(Path(corrupted), name, severity)
        wanted = (source.channels, source.image_size, source.image_size)
        shape = tuple(found.images.shape[1:])
        require(
            shape == wanted,
            f"{corrupted} has images {shape}, the runs were trained on {wanted}: name files of their data",
        )
        return evaluation_loader(source, found, run, device)

    return read
