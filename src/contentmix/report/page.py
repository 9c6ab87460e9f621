"""The HTML page of one or several runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from contentmix.report.detail_figures import TABLE_CLASSES, confusion_figure, coverage_figure
from contentmix.report.details import Details
from contentmix.report.figures import curves, line_styles, reliability_diagrams, trade_off
from contentmix.report.html import write_page
from contentmix.report.record import EvaluationRecord
from contentmix.report.run import FinishedRun, read_run
from contentmix.report.tables import COLUMNS, summarise
from contentmix.report.usage_figures import activity_figure, influence_figure


def write_report(runs: Sequence[Path], out: Path) -> Path:
    """Write the page of ``runs`` to ``out`` and return that path.

    Args:
        runs: folders of finished runs.
        out: the page.

    Raises:
        DataError: a folder is not a finished run.
    """
    found = [read_run(run) for run in runs]
    records = [run.record for run in found]
    labels = label_runs([yaml.safe_load(run.config) for run in found])
    names = _distinct([f"{label}, seed {r.seed}" for label, r in zip(labels, records, strict=True)], found)
    pages = list(zip(names, found, strict=True))
    groups: dict[str, list[EvaluationRecord]] = {}
    for label, record in zip(labels, records, strict=True):
        groups.setdefault(label, []).append(record.final)
    usages = {name: run.usage for name, run in pages if run.usage}
    return write_page(
        "page.html",
        out,
        title=" · ".join(dict.fromkeys(record.method for record in records)),
        columns=COLUMNS,
        pages=pages,
        summaries=summarise(records, labels),
        trade_off=trade_off(groups),
        styles=line_styles(names),
        curves=curves({name: [run.history] for name, run in pages}),
        usages={
            name: {"record": usage, "figure": influence_figure(usage.blocks)}
            for name, usage in usages.items()
            if usage.blocks
        },
        activity=activity_figure({name: [usage] for name, usage in usages.items()}),
        reliability=reliability_diagrams({name: [run.record.final] for name, run in pages if not run.details}),
        drawn={name: _drawn(run.details, run.record.final) for name, run in pages if run.details},
    )


def _drawn(details: Details, final: EvaluationRecord) -> dict[str, Any]:
    """The figures of a run's details."""
    fitted = details.temperature
    diagrams = {"as the network gives them": [final]}
    if fitted.value != 1:
        diagrams[f"at temperature {fitted.value:.3f}"] = [
            replace(final, nll=fitted.nll, ece=fitted.ece, reliability=fitted.reliability)
        ]
    return {
        "reliability": reliability_diagrams(diagrams),
        "coverage": coverage_figure(details),
        "confusion": confusion_figure(details) if len(details.classes) > TABLE_CLASSES else None,
    }


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


def _distinct(names: list[str], runs: Sequence[FinishedRun]) -> list[str]:
    """``names``, with their folders' names where two runs would share one."""
    return [name if names.count(name) == 1 else f"{name} ({run.name})" for name, run in zip(names, runs, strict=True)]
