"""The HTML page of one or several runs: one file that needs no other."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from contentmix.errors import DataError
from contentmix.files import atomic_write
from contentmix.report.figures import curves, reliability_diagrams, svg
from contentmix.report.record import Record, load_record
from contentmix.report.tables import COLUMNS, number, summarise


@dataclass(frozen=True)
class RunPage:
    """What the page shows of one run."""

    name: str
    record: Record
    config: str


def read_history(run: Path) -> list[dict[str, float]]:
    """The rows of ``metrics.csv``: one per epoch, without the columns that an epoch does not have."""
    try:
        with open(run / "metrics.csv", newline="") as file:
            return [{key: float(value) for key, value in row.items() if value} for row in csv.DictReader(file)]
    except (OSError, ValueError) as error:
        raise DataError(f"{run / 'metrics.csv'} cannot be read: {error}") from error


def write_report(runs: Sequence[Path], out: Path) -> Path:
    """Write the page of ``runs`` to ``out`` and return that path.

    Raises:
        DataError: a folder is not a finished run.
    """
    records = [load_record(run) for run in runs]
    names = _distinct([f"{r.method}, seed {r.seed}" for r in records], runs)
    pages = [
        RunPage(name, record, (run / "config.yaml").read_text())
        for name, record, run in zip(names, records, runs, strict=True)
    ]
    environment = Environment(
        loader=PackageLoader("contentmix", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    html = environment.get_template("page.html").render(
        title=" · ".join(dict.fromkeys(record.method for record in records)),
        columns=COLUMNS,
        number=number,
        pages=pages,
        summaries=summarise(records),
        curves=svg(curves(dict(zip(names, (read_history(run) for run in runs), strict=True)))),
        reliability=svg(reliability_diagrams({page.name: page.record.final for page in pages})),
    )
    atomic_write(out, html)
    return out


def _distinct(names: list[str], runs: Sequence[Path]) -> list[str]:
    """``names``, or the folders' own names where two runs would share one."""
    return names if len(set(names)) == len(names) else [str(run) for run in runs]
