"""What the records of the headlines say: their rows, tables, claims, page, and the values of the README's figure."""

import math
import re
import statistics
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from measurements import RECORDS, ROOT, in_markdown
from scipy.special import stdtrit  # type: ignore[import-untyped]

from contentmix.report import label_of
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import verdicts, write_page
from contentmix.studies.study import Study
from contentmix.studies.verdicts import Outcome, Verdict
from contentmix.thesis.headlines.study import HEADLINES

SCALE = "gpu"
FOLDER = RECORDS / f"headlines-{SCALE}"
PAGE = ROOT / "docs" / "pages" / f"headlines-{SCALE}.html"
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


@cache
def rows() -> dict[str, MeasuredRow]:
    """Those that have runs, by name."""
    return {row.name: row for row in measured_rows(HEADLINES, SCALE, FOLDER) if row.runs}


@cache
def judged() -> list[Verdict]:
    """A verdict on every claim, of rows without runs too."""
    return verdicts(HEADLINES, SCALE, FOLDER)


def mean(row: str, figure: str) -> Mean:
    """Of a figure of a row, by Student's distribution of its seeds."""
    values = list(rows()[row].values(figure).values())
    error = statistics.stdev(values) / math.sqrt(len(values))
    return Mean(statistics.fmean(values), float(stdtrit(len(values) - 1, 0.975)) * error)


def giga(row: str) -> float:
    """Multiply-adds of predicting an image, in billions."""
    return rows()[row].runs[0].record.flops / 1e9


def claims(outcome: Outcome) -> str:
    """The claims that have this outcome, of those that were measured."""
    lines = []
    for verdict in judged():
        if verdict.outcome == outcome and verdict.value is not None:
            said = verdict.texts()
            seeds = "/".join(map(str, verdict.seeds))
            lines.append(
                [verdict.claim.text, said["compared"], f"{said['measured']} ({said['interval']})", said["p"], seeds]
            )
    return in_markdown(["claim", "difference", "measured (95 %)", "p", "seeds"], lines)


def counted() -> str:
    """How many claims hold, do not, are not decided, and are not measured."""
    measured = [verdict.outcome for verdict in judged() if verdict.value is not None]
    counts = [str(measured.count(outcome)) for outcome in ("holds", "does not hold", "not decided")]
    return in_markdown(
        ["claims", "hold", "do not hold", "not decided", "not measured"],
        [[str(len(judged())), *counts, str(len(judged()) - len(measured))]],
    )


def measured(*columns: str) -> str:
    """Means over seeds of all rows that have runs."""
    lines = [
        [row.name, str(len(row.runs)), *(row.measured(name, label_of(name)[1]) for name in columns)]
        for row in rows().values()
    ]
    return in_markdown(["row", "seeds", *(label_of(name)[0] for name in columns)], lines)


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
    devices = "an H100 in chapter 3 and an H200 in chapter 2"
    note = f"Made on {devices}, which several runs shared: seconds are not those of a run alone."
    study: Study = replace(HEADLINES, note=note)
    return without_drawings(write_page(study, SCALE, FOLDER, out).read_text())


def without_drawings(html: str) -> str:
    """``html`` without the content of its pictures."""
    return re.sub(r'src="data:[^"]*"', 'src=""', html)
