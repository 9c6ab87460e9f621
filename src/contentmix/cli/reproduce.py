"""``contentmix reproduce``: a table of the thesis, run and summarised."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from contentmix.errors import unknown
from contentmix.experiments.reproduce import TableRun, ensembles, reproduce
from contentmix.experiments.table_page import write_page
from contentmix.experiments.tables import TABLES
from contentmix.report import load_record, load_usage, spread, summarise, summary_of, summary_table


def reproduce_table(number: str, rows: Sequence[str] | None, scale: str, seeds: int, out: Path | None) -> None:
    """Run what is missing of the table, print means over seeds, and write its page."""
    if number not in TABLES:
        raise unknown("table", number, TABLES)
    folder = out or Path("runs") / f"table-{number}-{scale}"
    console = Console()
    runs = reproduce(
        TABLES[number],
        folder,
        scale=scale,
        rows=rows,
        seeds=seeds,
        say=lambda line: console.print(line, highlight=False, soft_wrap=True),
    )
    folders, labels = [run.folder for run in runs], [run.row.name for run in runs]
    page = write_page(TABLES[number], folder, folder / "report.html")
    summaries = summarise([load_record(each) for each in folders], labels)
    for name, path in ensembles(TABLES[number], runs, folder).items():
        parameters = next(each.parameters for each in summaries if each.name == name)
        nets = TABLES[number].nets
        summaries.append(summary_of(f"{name}, {nets} nets", json.loads(path.read_text()), nets * parameters))
    console.print(summary_table(summaries, {"sharing %": _sharing(runs), "thesis": _printed(runs)}))
    console.print(f"report: {page}", highlight=False, soft_wrap=True)


def _sharing(runs: Sequence[TableRun]) -> dict[str, str]:
    """Sharing rates of the output block, of rows that were analysed."""
    rates: dict[str, list[float]] = {}
    for run in runs:
        usage = load_usage(run.folder)
        if usage is not None:
            rates.setdefault(run.row.name, []).append(100 * usage.blocks[-1].sharing)
    return {name: spread(found, 1) for name, found in rates.items()}


def _printed(runs: Sequence[TableRun]) -> dict[str, str]:
    """What the thesis prints, at its own scale."""
    return {
        run.row.name: "\n".join(f"{name} {value}" for name, value in run.row.printed.items())
        for run in runs
        if run.row.printed
    }
