"""Tables for the terminal, and the summaries over seeds that the page shows."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column, Table

from contentmix.report.record import EvaluationRecord, Record, load_record

# Figure, heading, decimals; the order of every table.
COLUMNS = (
    ("top1", "top-1 %", 2),
    ("top5", "top-5 %", 2),
    ("member_top1_mean", "members %", 2),
    ("nll", "NLL", 4),
    ("nll_c", "NLL_c", 4),
    ("ece", "ECE", 4),
    ("d_re", "d_re", 3),
)

# Measures what tables ask for.
_UNBOUNDED = Console(width=10_000)

# Those that a terminal is wide for.
SUMMARY = ("top1", "member_top1_mean", "nll_c", "d_re")


def number(value: float | None, decimals: int) -> str:
    """A figure, or a dash where it is not defined."""
    return "-" if value is None else f"{value:.{decimals}f}"


def _table(first: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> Table:
    """``rows`` under ``first`` and the figures; it fits 80 columns, and for fewer its last figures are left out for a "…"."""
    headings = [*first, *(heading for _, heading, _ in COLUMNS)]
    for count in range(len(headings), len(first), -1):
        cut = ["…"] if count < len(headings) else []
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
        for place, heading in enumerate([*headings[:count], *cut]):
            figure = place >= len(first)
            table.add_column(heading, justify="right" if figure else "left", no_wrap=figure, overflow="fold")
        for row in rows:
            table.add_row(*row[:count], *cut)
        if width is None or _UNBOUNDED.measure(table).maximum <= width:
            break
    return table


def final_table(runs: Sequence[Path], width: int | None = None) -> Table:
    """Every evaluation of every run, named where there are several; in brackets the epoch of its weights.

    Args:
        runs: their folders.
        width: of the terminal; where it is too small for all figures, the last are left out.
    """
    named, rows = len(runs) > 1, []
    for run in runs:
        for evaluation in load_record(run).evaluations:
            figures = (number(getattr(evaluation, name), decimals) for name, _, decimals in COLUMNS)
            weights = f"{evaluation.checkpoint} ({evaluation.epoch})"
            rows.append([*([run.name] if named else []), weights, *figures])
    return _table([*(["run"] if named else []), "weights (epoch)"], rows, width)


def evaluation_table(figures: dict[str, Any], width: int | None = None) -> Table:
    """One evaluation, as ``metrics.Evaluation.to_dict`` gives it; ``width`` as of ``final_table``."""
    cells = (number(figures[name], decimals) for name, _, decimals in COLUMNS)
    return _table(["members", "images"], [[str(figures["members"]), str(figures["images"]), *cells]], width)


def summary_table(summaries: Sequence[Summary], extra: Mapping[str, Mapping[str, str]] | None = None) -> Table:
    """Means over seeds, one line each, with as many figures as a terminal is wide for.

    Args:
        summaries: the lines.
        extra: further columns: heading to the text for each summary's name.
    """
    more = {heading: texts for heading, texts in (extra or {}).items() if texts}
    table = Table(Column("row", overflow="fold"), "seeds", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    chosen = [i for i, (name, _, _) in enumerate(COLUMNS) if name in SUMMARY]
    for i in chosen:
        table.add_column(COLUMNS[i][1], justify="right")
    for heading in more:
        table.add_column(heading, justify="right")
    for summary in summaries:
        texts = (texts.get(summary.name, "-") for texts in more.values())
        table.add_row(summary.name, str(summary.seeds), *(summary.figures[i] for i in chosen), *texts)
    return table


@dataclass(frozen=True)
class Summary:
    """Runs that differ in their seed only, their figures as ``mean ± std`` (sample deviation; none for one run)."""

    name: str
    seeds: int
    parameters: int
    figures: tuple[str, ...]


def summarise(records: Sequence[Record], labels: Sequence[str]) -> list[Summary]:
    """One summary per label, on the weights that each run kept.

    Args:
        records: of the runs.
        labels: for each run what it was, its seed apart.
    """
    groups: dict[str, list[Record]] = {}
    for record, label in zip(records, labels, strict=True):
        groups.setdefault(label, []).append(record)
    return [
        Summary(
            label,
            len(group),
            group[0].parameters,
            tuple(_spread([r.final for r in group], name, decimals) for name, _, decimals in COLUMNS),
        )
        for label, group in groups.items()
    ]


def _spread(evaluations: Sequence[EvaluationRecord], name: str, decimals: int) -> str:
    values = [getattr(evaluation, name) for evaluation in evaluations]
    return "-" if any(value is None for value in values) else spread(values, decimals)


def spread(values: Sequence[float], decimals: int) -> str:
    """``mean ± sample deviation``; the value itself where there is only one."""
    mean = number(statistics.fmean(values), decimals)
    return mean if len(values) == 1 else f"{mean} ± {number(statistics.stdev(values), decimals)}"
