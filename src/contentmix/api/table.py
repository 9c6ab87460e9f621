"""Figures of runs: on other data, together, and as a table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contentmix.api.objects import Data, named_test
from contentmix.choices import Average
from contentmix.errors import DataError
from contentmix.metrics import Evaluation, evaluate
from contentmix.report import load_record
from contentmix.runs.config import config_of
from contentmix.runs.ensemble import load_ensemble, predict_ensemble

RunPath = str | os.PathLike[str]
FIGURES = ("top1", "top5", "nll", "nll_c", "ece", "member_top1_mean", "d_re")


def evaluate_run(
    runs: RunPath | Sequence[RunPath],
    *,
    data: Data | None = None,
    average: Average = "logits",
    inference: str | None = None,
    skip_broken: bool = False,
) -> Evaluation:
    """Figures of a finished run, or of the deep ensemble of several.

    Args:
        runs: a folder, what ``train`` returned, ``hf:OWNER/NAME``, or some of these.
        data: a name or folder, whose test set counts; ``(images, labels)`` or a ``Dataset``, all of which count; a ``DataSource``
            (default: the test set of the first run's data).
        average: what is averaged over members.
        inference: how the runs predict, in place of their own option of that name.
        skip_broken: leave out files of a folder that cannot be read.

    Raises:
        UsageError: runs or data of other classes or inputs; data that were given as an object and are not any more.
        DataError, CheckpointError: a run that has not finished or is damaged.
    """
    folders = [Path(run) for run in ([runs] if isinstance(runs, str | os.PathLike) else runs)]
    models = load_ensemble(folders, inference=inference)
    inputs = models[0].inputs
    name, held = (None, None) if data is None else named_test(data, inputs.classes, inputs.image_size)
    figures = evaluate(predict_ensemble(models, name, skip_broken=skip_broken), average)
    del held  # found while the data were read
    return figures


def list_runs(folder: RunPath = "runs") -> list[dict[str, Any]]:
    """The runs in ``folder`` and in its subfolders, one dictionary of plain values each, in the order of their paths.

    ``pandas.DataFrame(list_runs())`` takes it as it is. Each has ``run``, ``finished``, every option, and the final figures,
    which are None until it has finished.

    Raises:
        DataError: ``folder`` does not exist, or a record cannot be read.
    """
    place = Path(folder)
    if not place.is_dir():
        raise DataError(f"folder {place} does not exist: name a folder of runs")
    return [_row(path.parent) for path in sorted(place.rglob("config.yaml"))]


def _row(run: Path) -> dict[str, Any]:
    record = load_record(run) if (run / "results.json").is_file() else None
    final = {name: None if record is None else getattr(record.final, name) for name in FIGURES}
    seconds = None if record is None else record.train.get("seconds")
    return {
        "run": str(run),
        "finished": record is not None,
        **config_of(run).flat(),
        **final,
        "parameters": None if record is None else record.parameters,
        "seconds": seconds,
    }
