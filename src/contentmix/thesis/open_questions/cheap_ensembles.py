"""Which ensemble for the price of one network? Chapter 3's methods beside those that others have.

Networks, data and steps are those of chapter 3's headlines. Of what users ask for, SWAG is left out, which draws networks from a
Gaussian of weights that a run's one file of weights does not hold, and soups, the means of several fine-tunings of one pretrained
network, which these networks are not; SWA and the moving average are means of weights too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.choices import Corrupted
from contentmix.studies.claim import Claim
from contentmix.studies.study import Row, RunOf, Scale, Study
from contentmix.thesis.headlines import multi_input
from contentmix.thesis.headlines.study import HEADLINES
from contentmix.thesis.open_questions.beside import headline, scale_beside

CYCLES = 4
LAYERS = {"packed": "packed", "batch-ensemble": "batch", "masksembles": "masked", "mc-dropout": "dropout"}


def _row(name: str, method: str = "supervised", **options: Any) -> Row:
    return Row(name, method, {"data": multi_input.DATA, **options}, width=multi_input.WIDE)


def _snapshot(cycle: int) -> Row:
    """A cycle of the learning rate from its start to 0 (Huang et al. 2017), on the weights that the one before has ended with.

    Each draws anew, as one run of all cycles does.
    """
    before: dict[str, Any] = {}
    if cycle > 1:
        before = {"init": RunOf(f"snapshot-{cycle - 1}"), "continuation": cycle - 1, "warmup_epochs": 0.0}
    return _row(f"snapshot-{cycle}", schedule="cosine", **before)


_SNAPSHOTS = tuple(_snapshot(cycle) for cycle in range(1, CYCLES + 1))
_HALF = _row("half")
# From the middle on the rate is half of what it was, 0.1 and 0.05 in the paper, and constant where weights are averaged.
_SWA: dict[str, Any] = {"schedule": "step", "milestones": (150,), "gamma": 0.5, "ema_decay": 1.0, "ema_start": 0.75}
ROWS = (
    *map(headline, ("vanilla", "vanilla-2nets")),
    _HALF,
    replace(_HALF, name="half-2nets", trained_as="half", nets=2),
    *map(headline, ("mimo", "linear-mixmo", "cut-mixmo", "mixshare")),
    *(_row(name, "ensemble-layers", layers=layers, members=4) for name, layers in LAYERS.items()),
    replace(_SNAPSHOTS[0], name="snapshots", trained_as="snapshot-1", together=tuple(r.name for r in _SNAPSHOTS[1:])),
    _row("ema", ema_decay=0.999),
    _row("swa", **_SWA),
)
RIVALS = ("half-2nets", *LAYERS, "snapshots", "ema", "swa")
_ASKED = "asked by users"
CLAIMS = (
    *(Claim(f"{name} improves the network alone: likelihood", _ASKED, "nll_c", "vanilla", name) for name in RIVALS),
    *(Claim(f"{name} improves it: other classes", _ASKED, "ood_auroc", name, "vanilla") for name in RIVALS),
    *(Claim(f"{name} improves it: corruptions", _ASKED, "corrupted_top1", name, "vanilla") for name in RIVALS),
    *(Claim(f"Cut-MixMo surpasses {name}", _ASKED, "nll_c", name, "cut-mixmo") for name in (*RIVALS, "vanilla-2nets")),
    Claim("Cut-MixMo tells other classes better than the network alone", _ASKED, "ood_auroc", "cut-mixmo", "vanilla"),
    Claim(
        "Cut-MixMo withstands corruptions better than the network alone",
        _ASKED,
        "corrupted_top1",
        "cut-mixmo",
        "vanilla",
    ),
    Claim("Packed members are cheaper than as many snapshots", _ASKED, "predict_ms", "snapshots", "packed"),
)
# On a card, where the library that generates is mostly not there, figures under corruptions are left out.
_CORRUPTED: dict[str, Corrupted] = {"thesis": "cifar-c", "small": "generated"}
# Other classes than those of the data, of the same kind of image.
_OTHERS = {"thesis": "svhn", "small": "digits", "gpu": "digits"}


def _scale(name: str) -> Scale:
    """That of the headlines; all rows make as many steps, halves and cycles a part of them."""
    there = scale_beside(name, ROWS)
    data = there.data[multi_input.DATA]
    steps = data.get("epoch_steps", there.options.get("epoch_steps"))

    def part(of: int) -> dict[str, Any]:
        return {"epochs": data["epochs"] // of} if steps is None else {"epoch_steps": steps // of}

    return replace(
        there,
        own={
            **there.own,
            **dict.fromkeys(("half", "half-2nets"), part(2)),
            # A snapshot is where its cycle ends, whatever other rows are selected on.
            **{name: {**part(CYCLES), "select": "last"} for name in ("snapshots", *(row.name for row in _SNAPSHOTS))},
        },
        corruptions=_CORRUPTED.get(name),
        others=_OTHERS[name],
        cost=True,
    )


CHEAP_ENSEMBLES = Study(
    "cheap-ensembles",
    "Ensembles for the price of one network",
    ROWS,
    {name: _scale(name) for name in HEADLINES.scales},
    CLAIMS,
    helpers=_SNAPSHOTS,
    heading="An open question",
    note="At small and gpu scale all rows make as many steps in training, but for vanilla-2nets, twice as many, and half, "
    "half as many. At the thesis's scale mimo, linear-mixmo and cut-mixmo make four times as many, and mixshare twice, as images "
    "are repeated. Inference and training are timed on the device of the runs.",
    command=("reproduce", "cheap-ensembles"),
    corrected=True,
)
