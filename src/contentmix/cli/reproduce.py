"""``contentmix reproduce``: a table of the thesis, run and summarised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from contentmix.errors import unknown
from contentmix.experiments.reproduce import reproduce
from contentmix.experiments.tables import TABLES
from contentmix.report import load_record, summarise, summary_table, write_report


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
    page = write_report(folders, folder / "report.html", labels=labels)
    console.print(summary_table(summarise([load_record(each) for each in folders], labels)))
    console.print(f"report: {page}", highlight=False, soft_wrap=True)
