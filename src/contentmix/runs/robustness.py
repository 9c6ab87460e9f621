"""Finished runs, together, under corruptions of their test set (section 3.3.4.3, table 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path

import torch

from contentmix.batch import Batch, MemberLogits
from contentmix.choices import Corrupted
from contentmix.data import (
    CIFAR_C,
    CORRUPTIONS,
    SEVERITIES,
    CorruptedImages,
    DataSource,
    corruption_library,
    data_root,
    dismiss,
    read_cifar_c,
)
from contentmix.errors import DataError, require
from contentmix.metrics import ensemble_log_probs, nll, top_k_accuracy
from contentmix.options.run import RunOptions
from contentmix.report import CorruptionFigures, RobustnessRecord
from contentmix.runs.ensemble import ensemble_source, predict_together
from contentmix.runs.loaders import evaluation_loader
from contentmix.runs.model import TrainedModel

GENERATED = "generated"
# Sets that there are files of, as CIFAR-C's authors name the folders, and where they publish them.
_FILES = {
    "cifar10": ("CIFAR-10-C", "https://zenodo.org/records/2535967"),
    "cifar100": ("CIFAR-100-C", "https://zenodo.org/records/3555552"),
}
Track = Callable[[list[tuple[str, int]]], Iterable[tuple[str, int]]]


def corruptions_of(options: RunOptions, corrupted: Corrupted) -> str:
    """Where corrupted images of a run's data come from: ``generated``, or the folder of CIFAR-C's 19 files and their labels.

    Raises:
        UsageError: CIFAR-C has no files of these data, or the library that generates is not installed.
        DataError: files are missing.
    """
    if corrupted == GENERATED:
        corruption_library()
        return GENERATED
    data = options.data
    require(
        data in _FILES,
        f"data is {data}: CIFAR-C's files, which are asked for, are of {' and '.join(_FILES)}; choose one of them, or a "
        "scale that generates its corruptions",
    )
    name, address = _FILES[data]
    folder = data_root(options.data_root) / name
    missing = [file for file in (*CIFAR_C, "labels") if not (folder / f"{file}.npy").is_file()]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(CIFAR_C) + 1} files of {name} are not in {folder}, {missing[0]}.npy for one: put them there "
            f"from {address}, or name the folder that {name} is in with --data-root"
        )
    return str(folder)


def kinds_of(corrupted: str) -> tuple[tuple[str, int], ...]:
    """Corruptions and severities: the 15 that can be generated; of files, these and what else there is of CIFAR-C's 19."""
    more = () if corrupted == GENERATED else CIFAR_C[len(CORRUPTIONS) :]
    there = [name for name in more if (Path(corrupted) / f"{name}.npy").is_file()]
    return tuple(product((*CORRUPTIONS, *there), SEVERITIES))


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
