"""A finished run as its folder tells it: everything that pages and tables are made from."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from contentmix.errors import DataError
from contentmix.given import OBJECT
from contentmix.report.beside import BESIDE
from contentmix.report.details import Details, load_details
from contentmix.report.quality import OWN, QUALITY_COLUMNS, load_quality
from contentmix.report.record import EvaluationRecord, Record, load_record
from contentmix.report.robustness import CORRUPTED, corruptions_covered, load_corrupted
from contentmix.report.tables import COLUMNS
from contentmix.report.usage import UsageRecord, load_usage

# Figure, heading, decimals: of an evaluation, under corruptions, costs, of feature usage, of hybrids.
FIGURES = (
    *COLUMNS,
    *(
        (f"corrupted_{name}", f"corrupted {heading}", decimals)
        for name, heading, decimals in COLUMNS
        if name in CORRUPTED
    ),
    *((name, *column) for kind in BESIDE for name, column in kind.columns.items()),
    ("sharing", "output sharing %", 1),
    *((name, heading, 1) for name, heading in QUALITY_COLUMNS.items()),
)
_LABELS = {name: (heading, decimals) for name, heading, decimals in FIGURES}
PICTURES = ("hybrids", "interpolation", "reconstructions")


@dataclass(frozen=True)
class FinishedRun:
    """What the folder of a finished run holds.

    Attributes:
        name: of the folder.
        record: all of its figures, and how they were obtained.
        final: the evaluation that counts.
        config: its options, as YAML.
        history: the rows of ``metrics.csv``: one per epoch, without the columns that an epoch does not have.
        usage: how its subnetworks use features, None where it was not analysed.
        quality: of hybrids, as ``load_quality``.
        corrupted: figures under corruptions, their means.
        pictures: what a generator drew at its end, as PNG by name.
        details: its classes, mistakes and doubts, None where it has none.
        beside: figures that were measured apart (``report.beside``).
        corrupted_by: what these means are over, in words.
    """

    name: str
    record: Record
    final: EvaluationRecord
    config: str
    history: list[dict[str, float]]
    usage: UsageRecord | None
    quality: dict[str, dict[str, Any]]
    corrupted: dict[str, float]
    pictures: dict[str, bytes]
    corrupted_by: str = ""
    details: Details | None = None
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def unlabelled(self) -> int:
        """Images without labels that it learnt from: none of those that lay there where its method asks for none."""
        options = yaml.safe_load(self.config) or {}
        asks = "unlabelled_batch" in options or str(options.get("method")).startswith(OBJECT)
        return self.record.train.get("unlabelled", 0) if asks else 0

    @property
    def figures(self) -> dict[str, float]:
        """Its figures by the names of ``FIGURES``, without those that it does not have.

        Also ``mixup_s_c``, ``fda_s_c`` and so on of the hybrids that its own are compared with, and ``activity_0.4`` and so
        on of the filters of its core, in percent.
        """
        found: dict[str, float | None] = {name: getattr(self.final, name) for name, _, _ in COLUMNS}
        found |= {f"corrupted_{name}": value for name, value in self.corrupted.items()}
        found |= self.beside
        if self.usage is not None:
            if self.usage.blocks:
                found["sharing"] = 100 * self.usage.blocks[-1].sharing
            found |= {f"activity_{threshold}": 100 * share for threshold, share in self.usage.activity.items()}
        for kind, quality in self.quality.items():
            found |= {name if kind == OWN else f"{kind}_{name}": value for name, value in quality.items()}
        return {name: value for name, value in found.items() if value is not None}


def label_of(figure: str) -> tuple[str, int]:
    """Heading and decimals of a figure of a run."""
    kind, _, rest = figure.partition("_")
    heading, decimals = _LABELS.get(rest, (rest, 2))
    return _LABELS.get(figure, (f"{kind} {heading}".rstrip(), decimals))


def read_run(folder: Path, checkpoint: str | None = None) -> FinishedRun:
    """Read the run in ``folder``.

    Args:
        folder: of the run.
        checkpoint: whose evaluation counts, ``last`` or ``best``, where the run has it (default: that of its model).

    Raises:
        DataError: it is not a finished run, or one of its files is damaged.
    """
    record = load_record(folder)
    config, history = _read_config(folder / "config.yaml"), read_history(folder)
    if len(history) != record.train.get("epochs", len(history)):
        raise DataError(
            f"{folder / 'metrics.csv'} has {len(history)} epochs, {folder / 'results.json'} says {record.train['epochs']}: one "
            "of them is damaged"
        )
    drawn = ((name, folder / "hybrids" / f"{name}.png") for name in PICTURES)
    return FinishedRun(
        name=folder.name,
        record=record,
        final=next((each for each in record.evaluations if each.checkpoint == checkpoint), record.final),
        config=config,
        history=history,
        usage=load_usage(folder),
        quality=load_quality(folder),
        corrupted=load_corrupted(folder),
        pictures={name: path.read_bytes() for name, path in drawn if path.is_file()},
        corrupted_by=corruptions_covered(folder),
        details=load_details(folder),
        beside={name: value for kind in BESIDE for name, value in kind.load(folder).items()},
    )


def _read_config(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DataError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or "method" not in content:
        raise DataError(f"{path} is no configuration of a run: it names no method")
    return text


def read_history(run: Path) -> list[dict[str, float]]:
    """The rows of ``metrics.csv``: one per epoch, without the columns that an epoch does not have.

    Raises:
        DataError: it cannot be read, or rows are missing or not whole.
    """
    path = run / "metrics.csv"
    try:
        text = path.read_bytes().decode()
        head, *lines = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
        rows = [{name: float(value) for name, value in zip(head, line, strict=False) if value} for line in lines]
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if (
        not text.endswith("\n")
        or any(len(line) != len(head) for line in lines)
        or not all(name.isidentifier() for name in head)
        or not rows
        or [row.get("epoch") for row in rows] != list(range(1, len(rows) + 1))
    ):
        raise DataError(f"{path} is damaged: it has no whole row for every epoch from 1")
    if not all(math.isfinite(value) for row in rows for value in row.values()):
        raise DataError(f"{path} is damaged: it has numbers that are not finite")
    return rows
