"""Whether the runs of a study bear out what is claimed of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from contentmix.report import label_of
from contentmix.studies.claim import Claim
from contentmix.studies.measured import MeasuredRow
from contentmix.studies.significance import LEVEL, Difference, paired, welch

Outcome = Literal["holds", "does not hold", "not decided"]


@dataclass(frozen=True)
class Verdict:
    """What the seeds say of a claim.

    Attributes:
        claim: the comparison.
        outcome: ``holds`` or ``does not hold`` where the interval is on one side of zero, else ``not decided``.
        test: ``welch``; ``paired``, an ensemble with the mean of its networks, where both sides are of the same networks; or
            why there is none.
        seeds: independent values behind the higher and the lower side.
        expected: the difference of the expected figures, None where both are not known.
        value: the difference of means as measured, higher side less lower side, None where one was not.
        difference: with its test, None where it was not tested.
    """

    claim: Claim
    outcome: Outcome
    test: str
    seeds: tuple[int, int]
    expected: float | None
    value: float | None
    difference: Difference | None

    def texts(self) -> dict[str, str]:
        """For a table: what was ``compared``, the ``measured`` and the ``expected`` difference, ``interval`` and ``p``."""
        (higher, figure), (lower, other) = self.claim.sides
        heading, decimals = label_of(figure)
        over = f"{heading}, {higher} - {lower}" if figure == other else f"{higher}: {heading} - {label_of(other)[0]}"
        found = self.difference
        return {
            "compared": over if higher == lower or figure == other else f"{over} of {lower}",
            "measured": "-" if self.value is None else f"{self.value:+.{decimals}f}",
            "interval": "" if found is None else " to ".join(f"{end:+.{decimals}f}" for end in found.interval),
            "p": "-" if found is None else f"{found.p:.3f}" if found.p >= 0.001 else "< 0.001",
            "expected": "-" if self.expected is None else f"{self.expected:+.{decimals}f}",
        }


def judge(claim: Claim, rows: Mapping[str, MeasuredRow]) -> Verdict:
    """Hold ``claim`` against the rows of its study, by name; rows that were not run may be missing."""
    sides = [(rows.get(name, MeasuredRow(name)), figure) for name, figure in claim.sides]
    first, second = (row.values(figure) for row, figure in sides)
    absent = [
        f"{label_of(figure)[0]} of {row.name}"
        for (row, figure), values in zip(sides, (first, second), strict=True)
        if not values
    ]
    same = len({row.networks for row, _ in sides}) == 1
    if same:
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
        difference = paired(high, low) if same else welch(high, low)
        test = "no seed differs from another" if difference is None else "paired" if same else "welch"
    outcome: Outcome = "not decided"
    if difference and difference.p < LEVEL:
        outcome = "holds" if difference.value > 0 else "does not hold"
    expected = [row.expected_value(figure) for row, figure in sides]
    return Verdict(
        claim=claim,
        outcome=outcome,
        test=test,
        seeds=(len(high), len(low)),
        expected=None if expected[0] is None or expected[1] is None else expected[0] - expected[1],
        value=fmean(high) - fmean(low) if high and low else None,
        difference=difference,
    )


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
