"""Headlines of chapter 2: learning from few labels, and from hybrids of two images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.claim import Claim
from contentmix.studies.study import Row, RunOf
from contentmix.thesis.tables import TABLES
from contentmix.thesis.tables.settings import NO_HYBRIDS, NOTHING_BESIDE

DATA = "few-labels"  # what stands for the data and labels of a scale


def _row(
    name: str, method: str, printed: tuple[str, str] | None = None, oracle: str | None = None, **options: Any
) -> Row:
    """A row with the figures of a row of a table, where the thesis has them."""
    expected = {} if printed is None else TABLES[printed[0]].row(printed[1]).expected
    return Row(name, method, {"data": DATA, **options}, expected, oracle=oracle)


def _generator(name: str, **options: Any) -> Row:
    return _row(name, "scimix-generator", oracle="oracle", **options)


ROWS = (
    _row("few-labels", "supervised", ("2.1", "supervised-250")),
    _row("mean-teacher", "mean-teacher", ("2.2", "mean-teacher-cifar10-250")),
    _row("fixmatch", "fixmatch"),
    _row("mixmatch", "mixmatch", ("2.1", "mixmatch-250")),
    _row("samosa", "samosa", ("2.1", "samosa-mean-teacher-250")),
    _row("samosa-no-hybrids", "samosa", **NO_HYBRIDS),
    _row("samosa-nothing-beside", "samosa", ("2.1", "mean-teacher-250"), **NOTHING_BESIDE),
    _row("scimix", "scimix", ("2.2", "scimix-cifar10-250"), generator=RunOf("generator")),
    _row("scimix-mixup", "scimix", ("2.6", "mixup-cifar10-250"), hybrids="mixup"),
    _row("scimix-cutmix", "scimix", ("2.6", "cutmix-cifar10-250"), hybrids="cutmix"),
    _generator("generator"),
    _generator("generator-no-hybrids", variant="no-hybrids"),
    _generator("generator-unfrozen", variant="unfrozen"),
    _generator("generator-guide-learns"),
)
ORACLE = Row("oracle", "supervised", {"data": DATA, "select": "last"})
CYCLES = tuple(row.name for row in ROWS if row.method == "samosa")
HYBRIDS = tuple(row.name for row in ROWS if row.method == "scimix")
GENERATORS = tuple(row.name for row in ROWS if row.method == "scimix-generator")

_BASES, _SAMOSA, _SCIMIX = "section 2.5.1", "section 2.5.1.1, table 2.1", "section 2.5.1.2, table 2.2"
_MIXTURES, _HYBRIDS = "section 2.5.3.2, table 2.6", "section A.4.2, table A.14"
_CLAIMS = (
    *(
        Claim(f"{text} improves training on the labels alone", _BASES, "top1", row, "few-labels")
        for text, row in (("Mean Teacher", "mean-teacher"), ("FixMatch", "fixmatch"), ("MixMatch", "mixmatch"))
    ),
    Claim("SAMOSA improves Mean Teacher", _SAMOSA, "top1", "samosa", "samosa-nothing-beside"),
    Claim("SAMOSA's hybrids improve its schedule alone", "section 2.5.2.2, table 2.3a", "top1", "samosa", "samosa-no-hybrids"),
    Claim("SciMix improves Mean Teacher", _SCIMIX, "top1", "scimix", "mean-teacher"),
    Claim("SciMix's hybrids teach more than MixUp's", _MIXTURES, "top1", "scimix", "scimix-mixup"),
    Claim("SciMix's hybrids teach more than CutMix's", _MIXTURES, "top1", "scimix", "scimix-cutmix"),
    Claim("Without losses on hybrids no content is transferred", _HYBRIDS, "s_c", "generator", "generator-no-hybrids"),
    *(
        Claim(
            f"The judges of hybrids must not learn from them: {figure}",
            _HYBRIDS, figure, "generator-guide-learns", "generator-unfrozen",
        )
        for figure in ("s_c", "s_r")
    ),
)  # fmt: skip
# A seed draws the labelled images, of all rows alike.
CLAIMS = tuple(replace(claim, by_seed=True) for claim in _CLAIMS)
