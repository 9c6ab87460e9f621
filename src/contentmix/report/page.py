"""The HTML page of one or several runs: one file that needs no other."""

from __future__ import annotations

import base64
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined

from contentmix.errors import DataError
from contentmix.files import atomic_write
from contentmix.report.figures import curves, reliability_diagrams, svg, trade_off
from contentmix.report.record import EvaluationRecord, Record, load_record
from contentmix.report.tables import COLUMNS, number, summarise
from contentmix.report.usage import load_usage
from contentmix.report.usage_figures import activity_figure, influence_figure


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


def write_report(runs: Sequence[Path], out: Path, *, labels: Sequence[str] | None = None) -> Path:
    """Write the page of ``runs`` to ``out`` and return that path.

    Args:
        runs: folders of finished runs.
        out: the page.
        labels: what each run is, its seed apart (default: ``label_runs``).

    Raises:
        DataError: a folder is not a finished run.
    """
    records = [load_record(run) for run in runs]
    configs = [_read_config(run) for run in runs]
    labels = labels or label_runs([yaml.safe_load(config) for config in configs])
    names = _distinct([f"{label}, seed {r.seed}" for label, r in zip(labels, records, strict=True)], runs)
    pages = [RunPage(*page) for page in zip(names, records, configs, strict=True)]
    found = {name: load_usage(run) for name, run in zip(names, runs, strict=True)}
    usages = {name: usage for name, usage in found.items() if usage is not None}
    groups: dict[str, list[EvaluationRecord]] = {}
    for label, record in zip(labels, records, strict=True):
        groups.setdefault(label, []).append(record.final)
    compared = trade_off(groups)
    environment = Environment(
        loader=PackageLoader("contentmix", "report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    html = environment.get_template("page.html").render(
        title=" · ".join(dict.fromkeys(record.method for record in records)),
        columns=COLUMNS,
        number=number,
        pages=pages,
        summaries=summarise(records, labels),
        trade_off=svg(compared) if compared else "",
        curves=svg(curves(dict(zip(names, (read_history(run) for run in runs), strict=True)))),
        usages=[
            {"name": name, "record": usage, "figure": svg(influence_figure(usage.blocks))}
            for name, usage in usages.items()
            if usage.blocks
        ],
        pictures=[
            {"name": name, "drawn": drawn}
            for name, run in zip(names, runs, strict=True)
            if (drawn := read_pictures(run))
        ],
        activity=svg(activity_figure(usages)) if usages else "",
        reliability=svg(reliability_diagrams({page.name: page.record.final for page in pages})),
    )
    atomic_write(out, html)
    return out


def read_pictures(run: Path) -> dict[str, str]:
    """What a generator's run drew at its end, by name, as data of an ``img``; nothing of other runs."""
    found = (run / "hybrids" / f"{name}.png" for name in ("hybrids", "interpolation", "reconstructions"))
    return {path.stem: base64.b64encode(path.read_bytes()).decode() for path in found if path.is_file()}


def _read_config(run: Path) -> str:
    try:
        return (run / "config.yaml").read_text()
    except OSError as error:
        raise DataError(f"{run / 'config.yaml'} cannot be read: {error.strerror}") from error


def label_runs(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each run was, its seed apart: its method, and the options in which it differs from others of that method.

    Data and network are told where they differ between any two runs.
    """
    labels = []
    for config in configs:
        peers = [other for other in configs if other["method"] == config["method"]]
        told = [
            f"{name} {value}"
            for name, value in config.items()
            if name not in ("method", "seed", "out")
            and any(other.get(name) != value for other in (configs if name in ("data", "network") else peers))
        ]
        labels.append(", ".join([str(config["method"]), *told]))
    return labels


def _distinct(names: list[str], runs: Sequence[Path]) -> list[str]:
    """``names``, with their folders' names where two runs would share one."""
    return [name if names.count(name) == 1 else f"{name} ({run.name})" for name, run in zip(names, runs, strict=True)]
