"""Studies whose rows stand beside chapter 3's headlines: on the same data, with the same network and as many steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contentmix.studies.claim import Claim
from contentmix.studies.study import Row, Scale, Study
from contentmix.thesis.headlines import multi_input
from contentmix.thesis.headlines.study import HEADLINES


def headline(name: str) -> Row:
    """A row of the headlines, without what is printed of it: that is of other data."""
    return replace(HEADLINES.row(name), expected={})


def mixshare(name: str, **options: Any) -> Row:
    """A row of MixShare on the headlines' data, with its sharing measured."""
    return Row(name, "mixshare", {"data": multi_input.DATA, **options}, width=multi_input.WIDE, usage=True)


# Less than the headlines', so that two cores make a study in an hour or two (``docs/records/pilot.json``).
_SMALL: dict[str, Any] = {"labels": 500, "epochs": 3, "epoch_steps": 500}
_SMALL_NETWORKS = {"wrn-28-4": "wrn-10-1", "wrn-28-10": "wrn-10-2"}


def scale_beside(name: str, rows: Iterable[Row]) -> Scale:
    """The scale ``name`` of the headlines for ``rows``, which have the options of their own there, or else of their method's."""
    there = HEADLINES.scale(name)
    data, networks = there.data[multi_input.DATA], there.networks
    if name == "small":
        data, networks = {**data, **_SMALL}, _SMALL_NETWORKS
    return replace(
        there,
        networks=networks,
        data={multi_input.DATA: data},
        own={row.name: own for row in rows if (own := there.own.get(row.name) or there.own.get(row.method))},
    )


def beside_the_headlines(
    name: str, title: str, rows: tuple[Row, ...], claims: tuple[Claim, ...], *, cost: bool = False, **more: Any
) -> Study:
    """A study at the scales of the headlines. With ``cost`` it is measured what rows cost."""
    return Study(
        name,
        title,
        rows,
        {scale: replace(scale_beside(scale, rows), cost=cost) for scale in HEADLINES.scales},
        claims,
        heading="Open question",
        command=("reproduce", name),
        corrected=True,
        **more,
    )
