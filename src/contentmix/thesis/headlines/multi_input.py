"""Headlines of chapter 3: several subnetworks in one convolutional network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.claim import Claim
from contentmix.studies.study import Row
from contentmix.thesis.tables import TABLES
from contentmix.thesis.tables.lines import mixed

DATA = "multi-input"  # what stands for the data of a scale
WIDE = 10
NARROW = (2, 4, 7)


def _row(name: str, method: str, printed: tuple[str, str] | None = None, width: int = WIDE, **options: Any) -> Row:
    """A row with the figures of a row of a table, where the thesis has them."""
    expected = {} if printed is None else TABLES[printed[0]].row(printed[1]).expected
    return Row(name, method, {"data": DATA, **options}, expected, width)


def _together(row: Row) -> Row:
    """Two networks of ``row`` as one deep ensemble."""
    printed = TABLES["3.1"].row(f"{row.name}-2nets-cifar100").expected
    return replace(row, name=f"{row.name}-2nets", expected=printed, trained_as=row.name, nets=2)


_VANILLA = _row("vanilla", "supervised", ("3.1", "vanilla-cifar100"))
_CUTMIX = _row("cutmix", "supervised", ("3.1", "cutmix-cifar100"), **mixed("cutmix"))
_SHARING: dict[str, dict[str, Any]] = {
    "unmix": {"alignment": "independent", "unmixing": "full", "r": 3.0, "input_repetition": 0.0},
    "unmix-aligned": {"unmixing": "full", "r": 3.0, "input_repetition": 0.0},
    "mixshare": {"unmixing": "fade-out", "fade_epochs": 100},
}
ROWS = (
    _VANILLA,
    _CUTMIX,
    _together(_VANILLA),
    _together(_CUTMIX),
    _row("mimo", "mimo", ("3.1", "mimo-b4-cifar100")),
    _row("linear-mixmo", "linear-mixmo", ("3.1", "linear-mixmo-b4-cifar100")),
    replace(_row("cut-mixmo", "cut-mixmo", ("3.1", "cut-mixmo-b4-cifar100")), usage=True),
    _row("cut-mixmo+cutmix", "cut-mixmo", ("3.1", "cut-mixmo+cutmix-b4-cifar100"), cutmix_prob=0.5),
    *(
        _row(f"{name}-w{width}", method, ("A.17", f"{name}-w{width}"), width)
        for width in NARROW
        for name, method in (("vanilla", "supervised"), ("cut-mixmo", "cut-mixmo"))
    ),
    _row("always-patches", "cut-mixmo", prob=1.0),
    _row("r-1", "cut-mixmo", r=1.0),
    _row("r-inf", "cut-mixmo", r=float("inf")),
    _row("1-encoder-1-classifier", "cut-mixmo", ("3.4", "1-encoder-1-classifier"), encoders=1, classifiers=1),
    *(replace(_row(name, "mixshare", **options), usage=True) for name, options in _SHARING.items()),
)
MULTI_INPUT = tuple(row.name for row in ROWS if row.method != "supervised")
REPEATED = tuple(name for name in MULTI_INPUT if name not in _SHARING)  # four times in a batch of the thesis's

_MAIN, _WIDTHS = "section 3.3.4.2, table 3.1", "section 3.3.7, table A.17"
_PATCHES, _WEIGHTS = "section 3.3.5.3, figure 3.8", "section 3.3.5.3, figure 3.9"
_SHARED, _SHARES = "section 3.4.2, table 3.6", "section 3.4.2.1, table 3.6"
CLAIMS = (
    Claim("CutMix improves the network alone", _MAIN, "top1", "cutmix", "vanilla"),
    Claim("MIMO improves the network alone", _MAIN, "nll_c", "vanilla", "mimo"),
    Claim("Linear-MixMo improves the network alone", _MAIN, "nll_c", "vanilla", "linear-mixmo"),
    Claim("Cut-MixMo improves the network alone: accuracy", _MAIN, "top1", "cut-mixmo", "vanilla"),
    Claim("Cut-MixMo improves the network alone: likelihood", _MAIN, "nll_c", "vanilla", "cut-mixmo"),
    Claim("Cut-MixMo surpasses Linear-MixMo", _MAIN, "nll_c", "linear-mixmo", "cut-mixmo"),
    Claim("Cut-MixMo surpasses MIMO", _MAIN, "nll_c", "mimo", "cut-mixmo"),
    Claim("Cut-MixMo surpasses CutMix", _MAIN, "nll_c", "cutmix", "cut-mixmo"),
    Claim("Cut-MixMo surpasses two networks", _MAIN, "nll_c", "vanilla-2nets", "cut-mixmo"),
    Claim("Cut-MixMo with CutMix surpasses two networks with CutMix", _MAIN, "nll_c", "cutmix-2nets", "cut-mixmo+cutmix"),
    Claim("The ensemble is better than its members", _MAIN, "top1", "cut-mixmo", "cut-mixmo", "member_top1_mean"),
    Claim("MixMo is worse than the network alone where that is narrow", _WIDTHS, "top1", "vanilla-w2", "cut-mixmo-w2"),
    Claim("Patches make members more diverse than interpolation", _PATCHES, "d_re", "cut-mixmo", "linear-mixmo"),
    Claim("More patches make them more diverse still", _PATCHES, "d_re", "always-patches", "cut-mixmo"),
    Claim("Weights nearer to the ratios make them more diverse", _WEIGHTS, "d_re", "r-1", "cut-mixmo"),
    Claim("Equal weights make them less diverse", _WEIGHTS, "d_re", "cut-mixmo", "r-inf"),
    Claim(
        "Two encoders and two classifiers are needed",
        "section 3.3.5.4, table 3.4", "nll_c", "1-encoder-1-classifier", "cut-mixmo",
    ),
    Claim("Unmixing makes members share features", _SHARES, "sharing", "unmix", "cut-mixmo"),
    Claim("Unmixing alone hurts", _SHARES, "top1", "cut-mixmo", "unmix"),
    Claim("Aligned unmixing surpasses MixMo", _SHARED, "top1", "unmix-aligned", "cut-mixmo"),
    Claim("Unmixing that fades out shares less", _SHARED, "sharing", "unmix-aligned", "mixshare"),
    Claim("Unmixing that fades out keeps an ensemble", _SHARED, "top1", "mixshare", "mixshare", "member_top1_mean"),
)  # fmt: skip
