"""Does MixViT's structure solve what is difficult in CNNs (sections 4.5, 5.2)?

MixViT stands beside, on the same data and with as many steps at small and gpu scale: its backbone and recipe are others, so that
nothing is claimed of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.claim import Claim
from contentmix.thesis.headlines import multi_input, transformers
from contentmix.thesis.headlines.study import HEADLINES
from contentmix.thesis.open_questions.beside import beside_the_headlines, headline, mixshare

_MIXVIT = headline("mixvit")
_LATE: dict[str, Any] = {"separation": "last-stage", "unmixing": "full"}
ROWS = (
    *map(headline, ("vanilla", "cut-mixmo", "unmix-aligned", "mixshare")),
    mixshare("late-encoding", **_LATE, attribution="encoding"),
    mixshare("late-embedding", **_LATE, attribution="embedding"),
    mixshare("late-no-attribution", **_LATE, attribution="none"),
    mixshare("late-fade-out", **{**_LATE, "unmixing": "fade-out"}, attribution="encoding", fade_epochs=100),
    replace(_MIXVIT, options={**_MIXVIT.options, "data": multi_input.DATA}, usage=True),
)
_ASKED, _PROPOSED = "asked in section 5.2", "section 4.5"
CLAIMS = (
    Claim("Separating late improves the network alone: accuracy", _ASKED, "top1", "late-encoding", "vanilla"),
    Claim("Separating late improves the network alone: likelihood", _ASKED, "nll_c", "vanilla", "late-encoding"),
    Claim("Separating late surpasses Cut-MixMo", _ASKED, "nll_c", "cut-mixmo", "late-encoding"),
    Claim("Its members are better than Cut-MixMo's", _ASKED, "member_top1_mean", "late-encoding", "cut-mixmo"),
    Claim("They share more features than Cut-MixMo's", _ASKED, "sharing", "late-encoding", "cut-mixmo"),
    Claim("Separating late surpasses MixShare's schedule", _PROPOSED, "top1", "late-encoding", "mixshare"),
    Claim(
        "Its members do not collapse into one", _PROPOSED, "top1", "late-encoding", "late-encoding", "member_top1_mean"
    ),
    Claim("Separating late needs source attribution", _ASKED, "top1", "late-encoding", "late-no-attribution"),
    Claim("Encodings serve better than embeddings", _PROPOSED, "top1", "late-encoding", "late-embedding"),
    Claim("Unmixing that fades out makes members more diverse", _ASKED, "d_re", "late-fade-out", "late-encoding"),
)
_STUDY = beside_the_headlines(
    "late-separation",
    "Members of a CNN that part before its last stage, beyond the thesis",
    ROWS,
    CLAIMS,
    cost=True,
    note="At the thesis's scale rows with repeated batches make more steps than others.",
)


def _transformer(scale: str) -> dict[str, Any]:
    """What makes the network of the headlines' transformers, which are of other data, what it is."""
    there = HEADLINES.scale(scale).data[transformers.DATA]
    return {name: there[name] for name in ("network", "random_erasing", "precision") if name in there}


LATE_SEPARATION = replace(
    _STUDY,
    scales={
        name: replace(scale, own={**scale.own, _MIXVIT.name: _transformer(name)})
        for name, scale in _STUDY.scales.items()
    },
)
