"""Studies whose rows stand beside chapter 3's headlines: on the same data, with the same network and as many steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.claim import Claim
from contentmix.studies.study import Row, Study
from contentmix.thesis.headlines import multi_input
from contentmix.thesis.headlines.study import HEADLINES


def headline(name: str) -> Row:
    """A row of the headlines, without what is printed of it: that is of other data."""
    return replace(HEADLINES.row(name), expected={})


def mixshare(name: str, **options: Any) -> Row:
    """A row of MixShare on the headlines' data, with its sharing measured."""
    return Row(name, "mixshare", {"data": multi_input.DATA, **options}, width=multi_input.WIDE, usage=True)


def beside_the_headlines(
    name: str, title: str, rows: tuple[Row, ...], claims: tuple[Claim, ...], *, cost: bool = False, **more: Any
) -> Study:
    """A study at the scales of the headlines; a row has the options of its own there, or else those of MixShare's rows.

    With ``cost`` it is measured what rows cost.
    """
    scales = {
        scale: replace(
            where,
            data={multi_input.DATA: where.data[multi_input.DATA]},
            cost=cost,
            own={row.name: own for row in rows if (own := where.own.get(row.name) or where.own.get(row.method))},
        )
        for scale, where in HEADLINES.scales.items()
    }
    return Study(
        name,
        title,
        rows,
        scales,
        claims,
        heading="Open question",
        reference="claim",
        command=("reproduce", name),
        corrected=True,
        **more,
    )
