"""``contentmix reproduce``: a table of the thesis, run and summarised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contentmix.cli.perform import perform
from contentmix.cli.tables import find_table
from contentmix.runs.config import read_config_file
from contentmix.studies.plan import Request


def reproduce_table(
    number: str,
    rows: Sequence[str] | None,
    scale: str,
    seeds: int,
    out: Path | None,
    options: Path | None = None,
    on: str = "local",
    address: str | None = None,
    jobs: int = 1,
) -> None:
    """Run what is missing of the table, print means over seeds, and write its page."""
    table = find_table(number, scale)
    given = {} if options is None else read_config_file(options)
    perform(Request(table, out or table.folder(scale), scale, rows, seeds, given, options), on, address, jobs)
