"""From the folder of a table to its page, by its records alone."""

from __future__ import annotations

from pathlib import Path

from contentmix.experiments.claims import CLAIMS
from contentmix.experiments.tables import Table
from contentmix.report import MeasuredRow, Verdict, judge, read_runs, write_table_page


def measured_rows(table: Table, folder: Path) -> list[MeasuredRow]:
    """The rows of ``table`` with their finished runs in ``folder``, those without runs included."""
    return [MeasuredRow(row.name, row.printed, read_runs(folder, row.name), row.trained_as) for row in table.rows]


def verdicts(table: Table, folder: Path) -> list[Verdict]:
    """What the runs in ``folder`` say of the thesis's claims on ``table``."""
    rows = {row.name: row for row in measured_rows(table, folder)}
    return [judge(claim, rows) for claim in CLAIMS.get(table.number, ())]


def write_page(table: Table, folder: Path, out: Path) -> Path:
    """Write the page of the finished runs in ``folder`` to ``out`` and return that path."""
    title = f"{_name(table.number)}: {table.title}"
    return write_table_page(out, title, measured_rows(table, folder), CLAIMS.get(table.number, ()))


def _name(number: str) -> str:
    """``Table 3.6``, ``Figure 3.8``."""
    return f"Figure {number.removeprefix('figure-')}" if number.startswith("figure-") else f"Table {number}"
