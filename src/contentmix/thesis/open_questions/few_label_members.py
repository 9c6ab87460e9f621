"""Whether several subnetworks of one network learn from few labels better than the network alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.claim import Claim
from contentmix.studies.study import Row, Scale, Study
from contentmix.thesis.headlines import few_labels
from contentmix.thesis.headlines.study import HEADLINES

_MEMBERS: dict[str, Any] = {"members": 2}
# Subnetworks share what a network has (section 3.3.7): each is also asked where it has four or nine times as much.
_WIDE = {"thesis": "wrn-28-6-leaky", "small": "wrn-10-2", "gpu": "wrn-10-6-leaky"}


def _with(row: Row, name: str, **options: Any) -> Row:
    """``row`` as another one, with ``options`` and no printed figures."""
    return replace(row, name=f"{row.name}-{name}", options={**row.options, **options}, expected={})


_TEACHER, _FIXMATCH = (HEADLINES.row(name) for name in ("mean-teacher", "fixmatch"))
ROWS = (
    _TEACHER,
    _with(_TEACHER, "members", **_MEMBERS),
    _FIXMATCH,
    _with(_FIXMATCH, "members", **_MEMBERS),
    _with(_FIXMATCH, "members-no-agreement", **_MEMBERS, agreement=False),
    _with(_TEACHER, "wide"),
    _with(_TEACHER, "wide-members", **_MEMBERS),
    _with(_FIXMATCH, "wide"),
    _with(_FIXMATCH, "wide-members", **_MEMBERS),
)
_ASKED = "asked by section 3.3.7"
_CLAIMS = (
    *(
        Claim(f"Two subnetworks improve {text}{how}", _ASKED, "top1", f"{row}{wide}-members", f"{row}{wide}")
        for text, row in (("Mean Teacher", "mean-teacher"), ("FixMatch", "fixmatch"))
        for how, wide in (("", ""), (" in a wide network", "-wide"))
    ),
    Claim("Two subnetworks improve FixMatch's likelihood", _ASKED, "nll_c", "fixmatch", "fixmatch-members"),
    Claim(
        "Pseudo-labels that both would choose improve FixMatch with members",
        _ASKED, "top1", "fixmatch-members", "fixmatch-members-no-agreement",
    ),
    Claim(
        "FixMatch's ensemble is better than its members",
        _ASKED, "top1", "fixmatch-members", "fixmatch-members", "member_top1_mean",
    ),
)  # fmt: skip


def _scale(name: str) -> Scale:
    """That of the headlines; a row has the options there of the method that it is a variant of."""
    there = HEADLINES.scale(name)
    own = {row.name: dict(there.own.get(row.method, {})) for row in ROWS}
    for row in ROWS:
        if "-wide" in row.name:
            own[row.name]["network"] = _WIDE[name]
    return replace(there, own=own, data={few_labels.DATA: there.data[few_labels.DATA]})


FEW_LABEL_MEMBERS = Study(
    "few-label-members",
    "Several subnetworks that learn from few labels",
    ROWS,
    {name: _scale(name) for name in HEADLINES.scales},
    tuple(replace(claim, by_seed=True) for claim in _CLAIMS),
    heading="An open question of the thesis",
    command=("reproduce", "few-label-members"),
    corrected=True,
)
