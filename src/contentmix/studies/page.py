"""The HTML page of a study: what was measured beside what is expected, with a verdict on each claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contentmix.report import (
    QUALITY_COLUMNS,
    FinishedRun,
    activity_figure,
    curves,
    influence_figure,
    over_figure,
    reliability_diagrams,
    spread,
    trade_off,
)
from contentmix.report.figures import line_styles
from contentmix.report.html import write_page as fill_template
from contentmix.studies.claim import Claim
from contentmix.studies.findings import findings
from contentmix.studies.measured import MeasuredRow, columns_of, measured_rows
from contentmix.studies.setting import setting
from contentmix.studies.significance import LEVEL
from contentmix.studies.study import Study
from contentmix.studies.verdicts import Verdict, judge_all


def write_page(study: Study, scale: str, folder: Path, out: Path) -> Path:
    """Write the page of the finished runs of ``study`` in ``folder`` to ``out`` and return that path."""
    rows = measured_rows(study, scale, folder)
    how: dict[str, Any] = {
        "corrected": study.corrected,
        "compares": study.compares,
        "over": study.over,
    }
    return render(out, study.headline(scale), rows, study.claims, study.reference, study.note, **how)


def verdicts(study: Study, scale: str, folder: Path) -> list[Verdict]:
    """What the runs in ``folder`` say of the claims on ``study``."""
    rows = {row.name: row for row in measured_rows(study, scale, folder)}
    return judge_all(study.claims, rows, corrected=study.corrected)


def render(
    out: Path,
    title: str,
    rows: Sequence[MeasuredRow],
    claims: Sequence[Claim] = (),
    reference: str = "",
    note: str = "",
    *,
    corrected: bool = False,
    looks: int = 1,
    compares: bool = False,
    over: tuple[str, Mapping[str, float]] | None = None,
) -> Path:
    """Write a page to ``out`` and return that path; the same records make the same page to the byte.

    Args:
        out: the page.
        title: of the page.
        rows: in order; those that were not run show what is expected of them.
        claims: on these rows.
        reference: where expected figures and claims come from, such as ``thesis``.
        note: what a reader of the figures must know, in words.
        corrected: as of ``Study``.
        looks: as of ``judge_all``.
        over: as of ``Study``.
        compares: as of ``Study``: the page then begins with what was found, in words.
    """
    runs_of = {row.name: row.runs for row in rows if row.runs}
    histories = {row.name: [run.history for run in row.runs] for row in rows if row.runs and not row.trained_as}
    finals = {name: [each.final for each in runs] for name, runs in runs_of.items()}
    usages = {name: found for name, runs in runs_of.items() if (found := [each.usage for each in runs if each.usage])}
    shared = {name: found for name, found in usages.items() if found[0].blocks}
    verdicts = judge_all(claims, {row.name: row for row in rows}, corrected=corrected, looks=looks)
    return fill_template(
        "study.html",
        out,
        title=title,
        reference=reference,
        note=note,
        ensembles=[row for row in rows if row.nets > 1],
        rows=rows,
        columns=columns_of(rows),
        verdicts=verdicts,
        corrected=corrected,
        looks=looks,
        compares=compares,
        setting=setting(rows),
        findings=findings(rows, verdicts) if compares else (),
        outcomes=Counter("not measured" if verdict.value is None else verdict.outcome for verdict in verdicts),
        level=LEVEL,
        runs_of=runs_of,
        made_with=_made_with(runs_of),
        corrupted_by=_corrupted_by(runs_of),
        trade_off=trade_off(finals),
        over=over_figure(*over, runs_of) if over else None,
        styles=line_styles(histories),
        curves=curves(histories),
        reliability=reliability_diagrams(finals),
        seconds={row.name: _seconds(row) for row in rows},
        quality_columns=QUALITY_COLUMNS,
        quality=_quality(runs_of),
        pictures={name: drawn for name, runs in runs_of.items() if (drawn := _first_pictures(runs))},
        sharing={
            name: {
                block.name: spread([100 * usage.blocks[i].sharing for usage in found], 1)
                for i, block in enumerate(found[0].blocks)
            }
            for name, found in shared.items()
        },
        # Rows whose members part late have the last block alone.
        blocks=dict.fromkeys(block.name for found in shared.values() for block in found[0].blocks),
        influence={name: influence_figure(found[0].blocks, name) for name, found in shared.items()},
        activity=activity_figure(usages),
    )


def _seconds(row: MeasuredRow) -> str:
    """Of training, of the runs that were not interrupted."""
    if row.trained_as:
        return f"{row.nets} x {row.trained_as}" if row.nets > 1 else f"of {row.trained_as}"
    known = [run.record.train["seconds"] for run in row.runs if run.record.train["seconds"] is not None]
    return spread(known, 0) if known else "-"


def _made_with(runs_of: Mapping[str, Sequence[FinishedRun]]) -> dict[tuple[str, str, str], list[str]]:
    """Software, commit and device, and the runs that were made with them."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in (each for runs in runs_of.values() for each in runs):
        record = each.record
        software = ", ".join(f"{name} {version}" for name, version in record.versions.items())
        found.setdefault((software, record.commit or "unknown", record.device), []).append(each.name)
    return found


def _corrupted_by(runs_of: Mapping[str, Sequence[FinishedRun]]) -> dict[str, list[str]]:
    """What figures under corruptions are means over, and the runs whose are."""
    found: dict[str, list[str]] = {}
    for each in (each for runs in runs_of.values() for each in runs if each.corrupted_by):
        found.setdefault(each.corrupted_by, []).append(each.name)
    return found


def _quality(runs_of: Mapping[str, Sequence[FinishedRun]]) -> list[tuple[str, str, list[str]]]:
    """Row, kind of hybrid, and means over the runs that were measured."""
    lines = []
    for name, runs in runs_of.items():
        for kind in dict.fromkeys(kind for each in runs for kind in each.quality):
            cells = []
            for figure in QUALITY_COLUMNS:
                found = [each.quality[kind].get(figure) for each in runs if kind in each.quality]
                values = [value for value in found if value is not None]
                cells.append(spread(values, 1) if values else "-")
            lines.append((name, kind, cells))
    return lines


def _first_pictures(runs: Sequence[FinishedRun]) -> dict[str, bytes]:
    return next((run.pictures for run in runs if run.pictures), {})
