"""What commands on tables share. Nothing here imports torch: the first words come at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from contentmix.errors import UsageError, unknown
from contentmix.studies.study import Study
from contentmix.thesis.studies import STUDIES

if TYPE_CHECKING:
    from contentmix.studies.plan import Request


def find_table(number: str, scale: str | None = None) -> Study:
    """The study called ``3.6``, ``table-3.6``, ``figure-3.8`` or ``headlines``, to be run at ``scale``.

    Raises:
        UsageError: there is none, or not at that scale; those that have it are named.
    """
    name = number.removeprefix("table-")
    if name not in STUDIES:
        raise unknown("table", name, STUDIES)
    study = STUDIES[name]
    if scale is not None and scale not in study.scales:
        others = ", ".join(other for other in sorted(STUDIES) if scale in STUDIES[other].scales)
        raise UsageError(
            f"unknown scale '{scale}' of {name} (valid: {', '.join(study.scales)}); there is one of {others}"
        )
    return study


def say_what_is_left_out(request: Request, console: Console) -> None:
    """Name the rows that are of more networks than there are seeds, where some are."""
    from contentmix.studies.plan import left_out

    rows = left_out(request)
    if rows:
        names, most = ", ".join(row.name for row in rows), max(row.nets for row in rows)
        console.print(f"left out, of more networks than seeds (--seeds {most}): {names}", soft_wrap=True)
