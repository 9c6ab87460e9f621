"""The folder of a run: whose it is, whether a run may begin there, what is missing of one that has ended."""

from __future__ import annotations

import shutil
from fnmatch import fnmatch
from pathlib import Path

from contentmix.data import SPLIT
from contentmix.errors import CheckpointError, DataError, UsageError, require
from contentmix.files import LOCK, is_temporary, sweep
from contentmix.report import CORRUPTIONS, COST, DETAILS, OOD, QUALITY, USAGE, load_record
from contentmix.report.record import RESULTS
from contentmix.runs.model import MODEL, check_model
from contentmix.training import list_checkpoints

CONFIG, LABELLED, REPORT, CHECKPOINTS = "config.yaml", "labelled.txt", "report.html", "checkpoints"
# What loggers write, in place; all else is written once, or replaced as a whole.
LOGS = ("tensorboard", "csv", "wandb", "mlruns", "mlflow.db")
# What is measured of a finished run, and kept beside its record.
_MEASURES = ("usage-*.svg", "usage-*.png", USAGE, QUALITY, CORRUPTIONS, OOD.file, COST.file)
# What a run writes that can be made again: all but checkpoints, its model and its results.
_REPEATABLE = (
    CONFIG,
    LABELLED,
    SPLIT,
    LOCK,
    REPORT,
    "metrics.csv",
    "predictions.safetensors",
    DETAILS,
    *_MEASURES,
    "tensorboard/events.out.tfevents.*",
    "tensorboard/hparams.yaml",
    "hybrids/*.png",
    f"{CHECKPOINTS}/best-*.safetensors",
    "csv/metrics.csv",
    "csv/hparams.yaml",
    "wandb/*",
    "mlruns/*",
    "mlflow.db",
)


def begun(folder: Path) -> bool:
    """Whether a run has left a checkpoint in ``folder`` that it can go on from."""
    return bool(list_checkpoints(folder / CHECKPOINTS))


def make_free(folder: Path) -> None:
    """See that a run may begin in ``folder``: what an earlier one left that ended before its first checkpoint is removed.

    Raises:
        UsageError: a run has finished there or can be continued, or the folder holds files that are no such run's.
    """
    if (folder / RESULTS).exists():
        raise UsageError(f"run folder {folder} exists and its run has finished: choose another --out")
    if begun(folder):
        raise UsageError(
            f"run folder {folder} exists: continue it with 'contentmix resume {folder}', or choose another --out"
        )
    clear(folder)


def clear(folder: Path) -> None:
    """Remove from ``folder``, where there is no checkpoint, what a run writes.

    Raises:
        UsageError: there is anything else; nothing was removed.
    """
    files = [path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()]
    names = {path: path.relative_to(folder).as_posix() for path in files}
    foreign = [name for path, name in names.items() if not _is_own(path, name)]
    left = [path for path, name in names.items() if name != LOCK]
    if left and not (folder / CONFIG).is_file():
        # The configuration is written first: without one only what was being written can be a run's.
        foreign = [names[path] for path in left if not is_temporary(path)]
    require(
        not foreign,
        f"folder {folder} holds what no run of this program would leave ({', '.join(sorted(foreign)[:3])}): choose another --out",
    )
    for path in left:
        path.unlink()
    for name in (CHECKPOINTS, *LOGS, "hybrids"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _is_own(path: Path, name: str) -> bool:
    return is_temporary(path) or any(fnmatch(name, pattern) for pattern in _REPEATABLE)


def forget_results(folder: Path) -> None:
    """Remove the results of a run that is to be trained longer, and all that was measured of what it was."""
    for pattern in (RESULTS, REPORT, *_MEASURES):
        for path in folder.glob(pattern):
            path.unlink()


def sweep_run(folder: Path) -> None:
    """Remove what killed processes were writing in a run folder."""
    sweep(folder, folder / CHECKPOINTS, folder / "hybrids")


def has_results(folder: Path) -> bool:
    """Whether the figures of a run are there, and the model that they are of where it can still be made."""
    try:
        load_record(folder)
        if begun(folder):
            check_model(folder / MODEL)
    except (DataError, CheckpointError):
        return False
    return True
