"""What does the degree of sharing do, where it can be chosen (section 5.2)? From one network's channels to those of two."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from contentmix.studies.claim import Claim
from contentmix.studies.study import Row
from contentmix.thesis.headlines import multi_input
from contentmix.thesis.open_questions.beside import beside_the_headlines, headline, mixshare

# As the row of which nothing is reserved: all that is not reserved is shared, without a schedule.
ALL_SHARED = "unmix-aligned"
_OPTIONS: dict[str, Any] = {
    name: value for name, value in headline(ALL_SHARED).options.items() if name != "data"
}  # fmt: skip


def _with(reserved: float) -> dict[str, Any]:
    """The same with a share reserved; where that is all, nothing is left to unmix."""
    return {**_OPTIONS, "reserved": reserved, **({"unmixing": "none"} if reserved == 1 else {})}


RESERVED = {ALL_SHARED: 0.0, **{f"reserved-{share}": share for share in (0.25, 0.5, 0.75, 1.0)}}
# A network of half the channels; at the headlines' scales it is one of their runs.
_HALF = Row("half-width", "supervised", {"data": multi_input.DATA}, width=4)
ROWS = (
    *map(headline, ("vanilla", "vanilla-2nets", "cut-mixmo", "mixshare", ALL_SHARED)),
    *(mixshare(name, **_with(share)) for name, share in RESERVED.items() if share),
    _HALF,
    replace(_HALF, name="half-width-2nets", trained_as="half-width", nets=2),
)
_ASKED = "asked in section 5.2"
CLAIMS = (
    *(
        Claim(f"Sharing falls from {RESERVED[more]:g} to {RESERVED[less]:g} reserved", _ASKED, "sharing", more, less)
        for more, less in pairwise(RESERVED)
    ),
    Claim("Members that share nothing are more diverse", _ASKED, "d_re", "reserved-1.0", ALL_SHARED),
    Claim("Members that share nothing are weaker", _ASKED, "member_top1_mean", ALL_SHARED, "reserved-1.0"),
    Claim("A quarter reserved makes an ensemble", _ASKED, "top1", "reserved-0.25", "reserved-0.25", "member_top1_mean"),
    Claim("Half reserved surpasses sharing all", _ASKED, "nll_c", ALL_SHARED, "reserved-0.5"),
    Claim("Half reserved surpasses sharing nothing", _ASKED, "nll_c", "reserved-1.0", "reserved-0.5"),
    Claim(
        "Half reserved surpasses two networks of half the width", _ASKED, "nll_c", "half-width-2nets", "reserved-0.5"
    ),
    Claim("Half reserved surpasses MixShare's schedule", _ASKED, "nll_c", "mixshare", "reserved-0.5"),
)
_STUDY = beside_the_headlines(
    "shared-channels",
    "How much members share, where it is chosen, beyond the thesis",
    ROWS,
    CLAIMS,
    over=("reserved share", RESERVED),
)
_THESIS = _STUDY.scales["thesis"]
# There the headlines' networks leave out the one of half the width.
_WIDTH = {name: {"network": "wrn-28-5"} for name in ("half-width", "half-width-2nets")}
SHARED_CHANNELS = replace(_STUDY, scales={**_STUDY.scales, "thesis": replace(_THESIS, own={**_THESIS.own, **_WIDTH})})
