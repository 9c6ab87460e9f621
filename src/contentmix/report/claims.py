"""What the thesis claims, and whether the runs bear it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from contentmix.report.measured import MeasuredRow
from contentmix.report.run import label_of
from contentmix.report.student import LEVEL, Difference, paired, welch

Outcome = Literal["holds", "does not hold", "not decided"]


@dataclass(frozen=True)
class Claim:
    """One comparison of the thesis: a figure of one row is above that of another, or above another figure of the same.

    Attributes:
        text: as the thesis puts it, shortened.
        source: section, table or figure.
        figure: of a run, as ``FinishedRun.figures`` names it.
        higher: the row where the thesis says it is higher.
        lower: the row where it is lower.
        lower_figure: of the lower row, where it is not ``figure``.
    """

    text: str
    source: str
    figure: str
    higher: str
    lower: str
    lower_figure: str | None = None

    @property
    def sides(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Row and figure that are compared, the higher first."""
        return (self.higher, self.figure), (self.lower, self.lower_figure or self.figure)


@dataclass(frozen=True)
class Verdict:
    """What the seeds say of a claim.

    Attributes:
        claim: the comparison.
        outcome: ``holds`` or ``does not hold`` where the interval is on one side of zero, else ``not decided``.
        test: ``welch``; ``paired`` where both sides are of the same networks; or why there is none.
        seeds: behind the higher and the lower side.
        printed: the difference in the thesis, None where it does not print both figures.
        value: the difference of means as measured, higher side less lower side, None where one was not.
        difference: with its test, None where it was not tested.
    """

    claim: Claim
    outcome: Outcome
    test: str
    seeds: tuple[int, int]
    printed: float | None
    value: float | None
    difference: Difference | None

    def texts(self) -> dict[str, str]:
        """For a table: what was ``compared``, the ``measured`` and the ``thesis``'s difference, ``interval`` and ``p``."""
        (higher, figure), (lower, other) = self.claim.sides
        heading, decimals = label_of(figure)
        over = f"{heading}, {higher} - {lower}" if figure == other else f"{higher}: {heading} - {label_of(other)[0]}"
        found = self.difference
        return {
            "compared": over if higher == lower or figure == other else f"{over} of {lower}",
            "measured": "-" if self.value is None else f"{self.value:+.{decimals}f}",
            "interval": "" if found is None else " to ".join(f"{end:+.{decimals}f}" for end in found.interval),
            "p": "-" if found is None else f"{found.p:.3f}" if found.p >= 0.001 else "< 0.001",
            "thesis": "-" if self.printed is None else f"{self.printed:+.{decimals}f}",
        }


def judge(claim: Claim, rows: Mapping[str, MeasuredRow]) -> Verdict:
    """Hold ``claim`` against the rows of its table, by name; rows that were not run may be missing."""
    sides = [(rows.get(name, MeasuredRow(name)), figure) for name, figure in claim.sides]
    first, second = (row.values(figure) for row, figure in sides)
    absent = [
        f"{label_of(figure)[0]} of {row.name}"
        for (row, figure), values in zip(sides, (first, second), strict=True)
        if not values
    ]
    same = len({row.networks for row, _ in sides}) == 1
    common = [seed for seed in first if seed in second]
    high, low = ([each[seed] for seed in (common if same else each)] for each in (first, second))
    difference = None
    if absent:
        test = f"not measured: {', '.join(absent)}"
    elif min(len(high), len(low)) < 2:
        test = "one seed has no deviation"
    else:
        difference = paired(high, low) if same else welch(high, low)
        test = "no seed differs from another" if difference is None else "paired" if same else "welch"
    outcome: Outcome = "not decided"
    if difference and difference.p < LEVEL:
        outcome = "holds" if difference.value > 0 else "does not hold"
    printed = [row.thesis(figure) for row, figure in sides]
    return Verdict(
        claim=claim,
        outcome=outcome,
        test=test,
        seeds=(len(high), len(low)),
        printed=None if printed[0] is None or printed[1] is None else printed[0] - printed[1],
        value=fmean(high) - fmean(low) if high and low else None,
        difference=difference,
    )
