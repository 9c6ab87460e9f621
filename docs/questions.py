"""What the records of the open questions say: their rows, claims and pages."""

from functools import cache
from pathlib import Path

from headlines import in_a_table, without_drawings
from measurements import RECORDS, ROOT, in_markdown

from contentmix.report import label_of
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import verdicts, write_page
from contentmix.studies.verdicts import Verdict
from contentmix.thesis.studies import STUDIES

SCALES = {"cheap-ensembles": "small", "late-separation": "small"}  # of each study's records
# What tables show of a row, where it was measured.
SHOWN = {
    "cheap-ensembles": (
        "top1", "nll_c", "ece", "d_re", "corrupted_top1", "ood_auroc", "ood_fpr95", "predict_ms", "train_steps",
    ),
    "late-separation": ("top1", "member_top1_mean", "nll_c", "d_re", "sharing", "predict_ms"),
}  # fmt: skip


def _folder(study: str) -> Path:
    return RECORDS / f"{study}-{SCALES[study]}"


@cache
def _rows(study: str) -> list[MeasuredRow]:
    return [row for row in measured_rows(STUDIES[study], SCALES[study], _folder(study)) if row.runs]


@cache
def _judged(study: str) -> list[Verdict]:
    return [each for each in verdicts(STUDIES[study], SCALES[study], _folder(study)) if each.value is not None]


def measured(study: str) -> str:
    """A line for each row: mean and deviation over its seeds."""
    headings = [label_of(figure) for figure in SHOWN[study]]
    lines = [
        # A mean and its deviation stay on one line.
        [
            row.name,
            str(len(row.runs)),
            *(row.measured(name, label_of(name)[1]).replace(" ", "&nbsp;") for name in SHOWN[study]),
        ]
        for row in _rows(study)
    ]
    return in_markdown(["row", "seeds", *(heading for heading, _ in headings)], lines)


def decided(study: str) -> str:
    """The claims that hold, and those that do not."""
    tables = []
    for outcome, words in (("holds", "Holds"), ("does not hold", "Does not hold: the reverse is so")):
        found = [each for each in _judged(study) if each.outcome == outcome]
        if found:
            tables.append(f"**{words}**\n\n{in_a_table(found)}")
    left = [each.claim.text for each in _judged(study) if each.outcome not in ("holds", "does not hold")]
    if left:
        tables.append(f"**Not decided**: {'; '.join(left)}.\n")
    return "\n".join(tables)


def page_of(study: str) -> Path:
    """Where the study's page is."""
    return ROOT / "docs" / "pages" / f"{study}.html"


def page(study: str, out: Path) -> str:
    """Write the study's page to ``out`` and return it without its drawings."""
    return without_drawings(write_page(STUDIES[study], SCALES[study], _folder(study), out).read_text())
