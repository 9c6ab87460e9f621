"""What the records of the headlines say: their rows, tables, claims, page, and the values of the README's figure."""

import math
import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from measurements import RECORDS, ROOT, in_markdown
from scipy.special import stdtrit  # type: ignore[import-untyped]

from contentmix.report import label_of
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import render
from contentmix.studies.verdicts import Outcome, Verdict, judge_all
from contentmix.thesis.headlines.few_labels import GENERATORS
from contentmix.thesis.headlines.study import CHAPTERS, HEADLINES

SCALES = {"2": "small", "3": "gpu", "4": "small"}  # of each chapter's records
LOOKS = 2  # at five or ten seeds of each row, and at more of the rows that commit 791d8a0 names
PAGE = ROOT / "docs" / "pages" / "headlines.html"
# Rows as the figure and the README call them.
NAMES = {
    "vanilla-w2": "one network, narrow",
    "cut-mixmo-w2": "Cut-MixMo, narrow",
    "vanilla": "one network",
    "cutmix": "one network, CutMix",
    "mimo": "MIMO",
    "linear-mixmo": "Linear-MixMo",
    "cut-mixmo": "Cut-MixMo",
    "cut-mixmo+cutmix": "Cut-MixMo, CutMix",
    "1-encoder-1-classifier": "MixMo, one encoder, one classifier",
    "mixshare": "MixShare, fading out",
    "unmix-aligned": "MixShare, aligned",
    "vanilla-2nets": "two networks",
    "cutmix-2nets": "two networks, CutMix",
}


@dataclass(frozen=True)
class Mean:
    """A mean over seeds, and how far its 95 % confidence interval reaches to either side."""

    value: float
    half: float


def _recorded(chapter: str, scale: str) -> list[MeasuredRow]:
    rows = measured_rows(HEADLINES, scale, RECORDS / f"headlines-{scale}")
    return [row for row in rows if row.name in CHAPTERS[chapter]]


@cache
def planned() -> list[MeasuredRow]:
    """All rows of the study, with the runs of their chapter's scale where there are any."""
    return [row for chapter, scale in SCALES.items() for row in _recorded(chapter, scale)]


@cache
def rows() -> dict[str, MeasuredRow]:
    """Those that have runs, by name."""
    return {row.name: row for row in planned() if row.runs}


@cache
def judged() -> list[Verdict]:
    """A verdict on every claim, of rows without runs too."""
    return judge_all(HEADLINES.claims, rows(), corrected=HEADLINES.corrected, looks=LOOKS)


def mean(row: str, figure: str) -> Mean:
    """Of a figure of a row, by Student's distribution of its seeds."""
    values = list(rows()[row].values(figure).values())
    error = statistics.stdev(values) / math.sqrt(len(values))
    return Mean(statistics.fmean(values), float(stdtrit(len(values) - 1, 0.975)) * error)


def giga(row: str) -> float:
    """Multiply-adds of predicting an image, in billions."""
    return rows()[row].runs[0].record.flops / 1e9


def claims(outcome: Outcome) -> str:
    """The claims that have this outcome, of those that were measured; what each is of is in its words, and on the page."""
    lines = []
    for verdict in judged():
        if verdict.outcome == outcome and verdict.value is not None:
            said = verdict.texts()
            figures = " - ".join(dict.fromkeys(label_of(figure)[0] for _, figure in verdict.claim.sides))
            difference = f"{figures} {said['measured']} ({said['interval'].replace(' to ', ', ')})"
            seeds = "/".join(map(str, verdict.seeds))
            lines.append([verdict.claim.text, difference, said["p"].replace(" ", ""), seeds])
    return in_markdown(["claim", "difference (95 %)", "p", "seeds"], lines)


def in_a_table(verdicts: Iterable[Verdict]) -> str:
    """Claims, the rows and figures that they compare, and what was measured."""
    lines = []
    for verdict in verdicts:
        said = verdict.texts()
        measured, seeds = f"{said['measured']} ({said['interval']})", "/".join(map(str, verdict.seeds))
        lines.append([verdict.claim.text, said["compared"], measured, said["p"], seeds])
    return in_markdown(["claim", "difference", "measured (95 %)", "p", "seeds"], lines)


def counted() -> str:
    """How many claims have each outcome, and how many are not measured."""
    measured = [verdict.outcome for verdict in judged() if verdict.value is not None]
    counts = [str(measured.count(outcome)) for outcome in get_args(Outcome)]
    return in_markdown(
        ["claims", *get_args(Outcome), "not measured"],
        [[str(len(judged())), *counts, str(len(judged()) - len(measured))]],
    )


def hybrids() -> str:
    """How often an oracle gives a generator's hybrids to the class of their content, and how often they keep their context."""
    lines = []
    for name in GENERATORS:
        row = rows()[name]
        lines.append(
            [name, str(len(row.runs)), *(row.measured(figure, label_of(figure)[1]) for figure in ("s_c", "s_r"))]
        )
    return in_markdown(["row", "seeds", "s_c %", "s_r %"], lines)


def chosen(*names: str) -> str:
    """Some rows under the names of the figure: accuracy, likelihood, and the cost of predicting an image."""
    lines = []
    for name in names:
        top1, nll_c = mean(name, "top1"), mean(name, "nll_c")
        figures = [f"{top1.value:.1f} ± {top1.half:.1f}", f"{nll_c.value:.3f} ± {nll_c.half:.3f}", f"{giga(name):.2f}"]
        lines.append([NAMES[name], str(len(rows()[name].runs)), *figures])
    return in_markdown(["method", "seeds", "top-1 %", "NLL_c", "G multiply-adds"], lines)


def described() -> str:
    """The figure in words: it is of these records where it says so."""
    found = []
    for name, words in NAMES.items():
        top1, nll_c = mean(name, "top1"), mean(name, "nll_c")
        found.append(
            f"{words}: {giga(name):.3f} G multiply-adds, top-1 {top1.value:.2f} ± {top1.half:.2f} %, "
            f"NLL_c {nll_c.value:.4f} ± {nll_c.half:.4f}"
        )
    return "; ".join(found)


def page(out: Path) -> str:
    """Write the study's page to ``out`` and return it without its drawings, whose hundredths of a point are a library's."""
    note = "Several runs shared a machine: seconds are not those of a run alone."
    study = HEADLINES.headline(""), planned(), HEADLINES.claims, HEADLINES.reference
    return without_drawings(render(out, *study, note, corrected=HEADLINES.corrected, looks=LOOKS).read_text())


def without_drawings(html: str) -> str:
    """``html`` without the content of its pictures."""
    return re.sub(r'src="data:[^"]*"', 'src=""', html)
