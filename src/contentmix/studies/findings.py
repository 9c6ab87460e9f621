"""What a comparison found, in sentences: of which runs, which row is better, by how much, at which cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from contentmix.report import label_of
from contentmix.studies.measured import MeasuredRow
from contentmix.studies.setting import setting
from contentmix.studies.verdicts import Verdict


def findings(rows: Sequence[MeasuredRow], verdicts: Sequence[Verdict]) -> list[str]:
    """Sentences: what was trained, a verdict on each pair, and what each row costs beside the first.

    Args:
        rows: as measured, each with its own networks.
        verdicts: of claims that ask which of two rows is better (``Study.compares``).
    """
    measured = [row for row in rows if row.runs]
    if not measured:
        return ["Nothing is measured yet."]
    decided = sum(verdict.better is not None for verdict in verdicts)
    count = [f"{decided} of {len(verdicts)} comparisons are decided."] if len(verdicts) > 1 else []
    return [setting(measured), *count, *map(_sentence, verdicts), *_costs(measured)]


def _sentence(verdict: Verdict) -> str:
    claim, found, shown = verdict.claim, verdict.difference, verdict.texts()
    pair = f"{claim.higher} or {claim.lower}"
    if found is None:
        measured = "" if verdict.value is None else f" ({shown['compared']}: {shown['measured']})"
        return f"{pair}: not decided, {verdict.test}{measured}."
    heading, decimals = label_of(claim.figure)
    unit = f"points of {heading.removesuffix(' %')}" if heading.endswith(" %") else f"of {heading}"
    sign = -1 if verdict.outcome == "does not hold" else 1
    low, high = sorted(sign * end for end in found.interval)
    tested = f"{low:+.{decimals}f} to {high:+.{decimals}f} with 95 % confidence, p {shown['p']}"
    if verdict.better is not None:
        worse = claim.lower if verdict.better == claim.higher else claim.higher
        return f"{verdict.better} is better than {worse} by {abs(found.value):.{decimals}f} {unit} ({tested})."
    measured = f"{claim.higher} - {claim.lower} is {found.value:+.{decimals}f} {unit} ({tested})"
    return f"{pair}: not decided, {measured}; {_more_seeds(verdict)}."


def _more_seeds(verdict: Verdict) -> str:
    if verdict.needed is None:
        return "a difference that small is out of reach of 1,000 seeds"
    return f"about {verdict.needed - verdict.seeds[0]} more seeds would be needed to decide, if they are like these"


def _costs(rows: Sequence[MeasuredRow]) -> list[str]:
    """What other rows cost, in terms of the first."""
    first, *others = rows
    return [
        f"{row.name} has {_ratio(row, first, lambda record: record.parameters)} the parameters, "
        f"{_ratio(row, first, lambda record: record.flops)} the multiply-adds of an image and "
        f"{_ratio(row, first, lambda record: record.train['seconds'])} the training time of {first.name}."
        for row in others
    ]


def _ratio(row: MeasuredRow, first: MeasuredRow, cost: Callable[[Any], float | None]) -> str:
    means = []
    for each in (row, first):
        known = [value for run in each.runs if (value := cost(run.record)) is not None]
        means.append(fmean(known) if known else 0.0)
    return f"{means[0] / means[1]:.2f} x" if all(means) else "an unknown multiple of"
