"""What commands on tables share. Nothing here imports torch: the first words come at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from contentmix.errors import unknown
from contentmix.studies.study import Study
from contentmix.thesis.studies import STUDIES

if TYPE_CHECKING:
    from contentmix.studies.plan import Request


def find_table(number: str) -> Study:
    """The study called ``3.6``, ``table-3.6``, ``figure-3.8`` or ``headlines``.

    Raises:
        UsageError: there is none.
    """
    name = number.removeprefix("table-")
    if name not in STUDIES:
        raise unknown("table", name, STUDIES)
    return STUDIES[name]


def say_what_is_left_out(request: Request, console: Console) -> None:
    """Name the rows that are of more networks than there are seeds, where some are."""
    from contentmix.studies.plan import left_out

    rows = left_out(request)
    if rows:
        names, most = ", ".join(row.name for row in rows), max(row.nets for row in rows)
        console.print(f"left out, of more networks than seeds (--seeds {most}): {names}", soft_wrap=True)
