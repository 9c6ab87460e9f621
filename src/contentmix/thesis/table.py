"""A table or figure of the thesis as a study."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.study import Row, Scale, Study
from contentmix.thesis.claims import CLAIMS


def table(number: str, title: str, rows: tuple[Row, ...], scale: Scale, **more: Any) -> Study:
    """The table, or ``figure-3.8``, whose rows have the thesis's figures, with what the thesis claims of them.

    Args:
        number: as the thesis has it.
        title: what it compares.
        rows: its lines, or points.
        scale: the thesis's, the only one.
        more: what else a ``Study`` takes.
    """
    return numbered(number, Study(number, title, rows, {"thesis": scale}, kind="table", reference="thesis", **more))


def numbered(number: str, study: Study) -> Study:
    """``study`` under another number: a view of the same runs, with claims of its own."""
    kind, shown = ("Figure", number.removeprefix("figure-")) if number.startswith("figure-") else ("Table", number)
    claims, command = CLAIMS.get(number, ()), ("reproduce", number)
    return replace(study, name=number, heading=f"{kind} {shown}", claims=claims, command=command)
