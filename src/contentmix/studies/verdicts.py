"""Whether the runs of a study bear out what is claimed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from contentmix.report import label_of
from contentmix.studies.claim import Claim
from contentmix.studies.measured import MeasuredRow, mean_of
from contentmix.studies.significance import LEVEL, Difference, holm, paired, pairs_needed, welch

Outcome = Literal["holds", "does not hold", "far smaller", "not decided"]
PERFECT = {"top1": 100.0, "member_top1_mean": 100.0, "nll": 0.0, "nll_c": 0.0}


@dataclass(frozen=True)
class Verdict:
    """What the seeds say of a claim.

    Attributes:
        claim: the comparison.
        outcome: ``holds`` or ``does not hold`` where ``p`` is below the level, by the difference's sign; else ``far smaller``
            where ``p_half`` is; else ``not decided``.
        test: ``welch``; ``paired``, an ensemble with the mean of its networks, where both sides are of the same networks, or one
            run with the other of its seed; or why there is none.
        seeds: independent values behind the higher and the lower side.
        expected: the difference of the expected figures, None where both are not known.
        value: the difference of means as measured, higher side less lower side, None where one was not.
        difference: with its test, None where it was not tested.
        p: of the test that there is no difference: its own, or corrected for all claims of the study; None where it was not
            tested.
        p_half: likewise of the one-sided test that the difference is half of the expected one or more, both as a share of how
            far the worse side is from perfect; None also where none is expected.
        needed: pairs that would decide it, had they the mean and deviation of these (``pairs_needed``); None where it is decided,
            not paired, or out of reach.
    """

    claim: Claim
    outcome: Outcome
    test: str
    seeds: tuple[int, int]
    expected: float | None
    value: float | None
    difference: Difference | None
    p: float | None = None
    p_half: float | None = None
    needed: int | None = None

    @property
    def better(self) -> str | None:
        """The row whose figure is the higher one, None where that is not decided."""
        return {"holds": self.claim.higher, "does not hold": self.claim.lower}.get(self.outcome)

    def texts(self) -> dict[str, str]:
        """For a table: what was ``compared``, the ``measured`` and the ``expected`` difference, ``interval`` and ``p``."""
        (higher, figure), (lower, other) = self.claim.sides
        heading, decimals = label_of(figure)
        over = f"{heading}, {higher} - {lower}" if figure == other else f"{higher}: {heading} - {label_of(other)[0]}"
        found = self.difference
        p = self.p_half if self.outcome == "far smaller" else self.p
        return {
            "compared": over if higher == lower or figure == other else f"{over} of {lower}",
            "measured": "-" if self.value is None else f"{self.value:+.{decimals}f}",
            "interval": "" if found is None else " to ".join(f"{end:+.{decimals}f}" for end in found.interval),
            "p": "-" if p is None else f"{p:.3f}" if p >= 0.001 else "< 0.001",
            "expected": "-" if self.expected is None else f"{self.expected:+.{decimals}f}",
        }


def judge_all(
    claims: Sequence[Claim], rows: Mapping[str, MeasuredRow], *, corrected: bool = False, looks: int = 1
) -> list[Verdict]:
    """Hold claims against the rows of their study, by name.

    Args:
        claims: all that are made.
        rows: those that were not run may be missing.
        corrected: whether p, and p_half by itself, is corrected for the number of claims by Holm's method, those that cannot be
            tested yet included.
        looks: how often claims were judged, with more seeds each time; a corrected p is multiplied by it first (Bonferroni).
    """
    found = [judge(claim, rows) for claim in claims]
    if not corrected:
        return found
    p = holm([1.0 if verdict.p is None else looks * verdict.p for verdict in found])
    p_half = holm([1.0 if verdict.p_half is None else looks * verdict.p_half for verdict in found])
    return [_corrected(*each, tests=looks * len(found)) for each in zip(found, p, p_half, strict=True)]


def _corrected(verdict: Verdict, p: float, p_half: float, *, tests: int) -> Verdict:
    difference = verdict.difference
    if difference is None:
        return verdict
    half = None if verdict.p_half is None else p_half
    outcome, needed = _outcome(difference, p, half), None
    if outcome == "not decided" and difference.deviation:
        # At the level that the first of so many has to meet.
        needed = pairs_needed(difference.value, difference.deviation, LEVEL / tests)
    return replace(verdict, outcome=outcome, p=p, p_half=half, needed=needed)


def _outcome(difference: Difference | None, p: float | None, p_half: float | None) -> Outcome:
    if difference is not None and p is not None and p < LEVEL:
        return "holds" if difference.value > 0 else "does not hold"
    return "far smaller" if p_half is not None and p_half < LEVEL else "not decided"


def judge(claim: Claim, rows: Mapping[str, MeasuredRow]) -> Verdict:
    """Hold one claim against the rows of its study, by name, as if it were the only one."""
    sides = [(rows.get(name, MeasuredRow(name)), figure) for name, figure in claim.sides]
    first, second = (row.values(figure) for row, figure in sides)
    absent = [
        f"{label_of(figure)[0]} of {row.name}"
        for (row, figure), values in zip(sides, (first, second), strict=True)
        if not values
    ]
    in_pairs = claim.by_seed or len({row.networks for row, _ in sides}) == 1
    if in_pairs:
        high, low = _in_pairs([(row, values) for (row, _), values in zip(sides, (first, second), strict=True)])
    else:
        high, low = list(first.values()), list(second.values())
    difference = None
    if absent:
        test = f"not measured: {', '.join(absent)}"
    elif min(len(high), len(low)) < 2:
        nets = max(row.nets for (row, _), each in zip(sides, (high, low), strict=True) if len(each) < 2)
        test = f"one {'seed' if nets == 1 else f'ensemble of {nets} networks'} has no deviation"
    else:
        difference = paired(high, low) if in_pairs else welch(high, low)
        test = "no seed differs from another" if difference is None else "paired" if in_pairs else "welch"
    p = None if difference is None else difference.p
    own = [row.expected_value(figure) for row, figure in sides]
    printed = own if claim.expected is None else [mean_of(text) for text in claim.expected]
    expected = None if printed[0] is None or printed[1] is None else printed[0] - printed[1]
    half = _half_of(printed, (high, low), claim.figure)
    p_half = None if difference is None or half is None else difference.p_below(half)
    return Verdict(
        claim=claim,
        outcome=_outcome(difference, p, p_half),
        test=test,
        seeds=(len(high), len(low)),
        expected=expected,
        value=fmean(high) - fmean(low) if high and low else None,
        difference=difference,
        p=p,
        p_half=p_half,
    )


def _half_of(printed: Sequence[float | None], measured: Sequence[Sequence[float]], figure: str) -> float | None:
    """Half of the printed difference where rows are as good as those measured: an accuracy of 90 % has no 20 points to gain.

    None where a side is missing, or the source's own figures do not bear its claim out.
    """
    known = [value for value in printed if value is not None]
    if len(known) < 2 or not all(measured) or figure not in PERFECT or known[0] <= known[1]:
        return None
    there, here = (
        max(abs(PERFECT[figure] - value) for value in values) for values in (known, [fmean(each) for each in measured])
    )
    return (known[0] - known[1]) / 2 * here / there


def _in_pairs(sides: list[tuple[MeasuredRow, dict[int, float]]]) -> tuple[list[float], list[float]]:
    """Values of two rows of the same networks, pair by pair, so that no network is in two pairs.

    Seeds fall into blocks as long as the larger ensemble. A pair is of one block: of each row the mean of its ensembles that lie
    within, whose networks differ. Two rows of single networks are paired by seed.
    """
    size = max(row.nets for row, _ in sides)
    blocks = []
    for row, values in sides:
        found: dict[int, list[float]] = {}
        for seed, value in values.items():
            if seed % size + row.nets <= size:
                found.setdefault(seed // size, []).append(value)
        blocks.append({block: fmean(each) for block, each in found.items()})
    common = [block for block in blocks[0] if block in blocks[1]]
    high, low = ([side[block] for block in common] for side in blocks)
    return high, low
