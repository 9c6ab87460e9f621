"""From the folder of a table to its page, by its records alone."""

from __future__ import annotations

from pathlib import Path

from contentmix.report import Claim, MeasuredRow, Verdict, judge, read_runs, write_table_page
from contentmix.thesis.claims import CLAIMS
from contentmix.thesis.tables import Table


def measured_rows(table: Table, scale: str, folder: Path) -> list[MeasuredRow]:
    """The rows that ``table`` has at ``scale``, with their finished runs in ``folder``; those without runs are there too.

    Of ensembles of n networks, every n-th is taken: these have no network in common.
    """
    rows = []
    for row in table.lines(scale):
        runs = read_runs(folder, row.name, table.checkpoint)[:: row.nets]
        rows.append(MeasuredRow(row.name, row.printed, runs, row.trained_as, row.nets))
    return rows


def verdicts(table: Table, scale: str, folder: Path) -> list[Verdict]:
    """What the runs in ``folder`` say of the thesis's claims on ``table``."""
    rows = {row.name: row for row in measured_rows(table, scale, folder)}
    return [judge(claim, rows) for claim in claims_of(table, scale)]


def claims_of(table: Table, scale: str) -> list[Claim]:
    """The thesis's claims on rows that ``table`` has at ``scale``."""
    names = {row.name for row in table.lines(scale)}
    return [claim for claim in CLAIMS.get(table.number, ()) if {claim.higher, claim.lower} <= names]


def write_page(table: Table, scale: str, folder: Path, out: Path) -> Path:
    """Write the page of the finished runs in ``folder`` to ``out`` and return that path."""
    kind, number = ("Figure", table.number[7:]) if table.number.startswith("figure-") else ("Table", table.number)
    title = f"{kind} {number}, {scale} scale: {table.title}"
    return write_table_page(out, title, measured_rows(table, scale, folder), claims_of(table, scale))
