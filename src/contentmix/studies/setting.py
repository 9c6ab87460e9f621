"""What the runs of a study were trained on, in words, to be read before any of their figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from contentmix.given import OBJECT
from contentmix.report import FinishedRun
from contentmix.studies.measured import MeasuredRow


def setting(rows: Sequence[MeasuredRow]) -> str:
    """Data, network, length, seeds, device and commit of the runs of ``rows``; nothing where there are no runs.

    What all runs share is said once, else the rows that have it are named, or counted where they are many.
    """
    said = {
        "Data": _each(rows, _images),
        "Network": _each(rows, lambda run: run.record.network),
        "Optimiser steps of a run": _each(rows, lambda run: f"{run.record.train['steps']:,}"),
        "Epochs": _each(rows, lambda run: str(run.record.train["epochs"])),
        "Seeds": _told({row.name: _seeds(row) for row in rows if row.runs}),
        "Weights chosen on": _each(rows, lambda run: run.final.selected_on),
        "Device": _each(rows, lambda run: run.record.device),
        "Commit": _each(rows, lambda run: (run.record.commit or "unknown")[:10]),
    }
    found = ". ".join(f"{name}: {words}" for name, words in said.items() if words)
    return f"{found}. Figures are of the test images." if found else ""


def _images(run: FinishedRun) -> str:
    record = run.record
    data = Path(record.data).name.removeprefix(OBJECT).partition("@")[0]
    kinds = {"labelled" if run.unlabelled else "training": record.train["images"], "unlabelled": run.unlabelled}
    counts = [f"{count:,} {kind}" for kind, count in {**kinds, "test": run.final.images}.items() if count]
    return f"{data}, {', '.join(counts)} images"


def _seeds(row: MeasuredRow) -> str:
    seeds = sorted(run.record.seed for run in row.runs)
    if len(seeds) > 3 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def _each(rows: Sequence[MeasuredRow], value: Callable[[FinishedRun], str]) -> str:
    return _told({row.name: " / ".join(dict.fromkeys(map(value, row.runs))) for row in rows if row.runs})


def _told(values: dict[str, str]) -> str:
    """One value where all rows have it, else each with its rows."""
    found: dict[str, list[str]] = {}
    for row, value in values.items():
        found.setdefault(value, []).append(row)
    if len(found) < 2:
        return "".join(found)
    return "; ".join(
        f"{value} ({', '.join(names) if len(names) < 5 else f'{len(names)} rows'})" for value, names in found.items()
    )
