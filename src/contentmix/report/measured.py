"""The rows of a table as they were measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contentmix.report.run import FIGURES, FinishedRun, label_of, read_run
from contentmix.report.tables import COLUMNS, Summary, spread


@dataclass(frozen=True)
class MeasuredRow:
    """One line of a table: runs that differ in their seed, and what the thesis printed.

    Attributes:
        name: of the line.
        printed: the thesis's figures, by the names of ``FIGURES``, as printed.
        runs: by seed; none where the row was not run.
        trained_as: the row whose networks these are, where they are another's.
        nets: how many of these networks, of different seeds, predict together.
    """

    name: str
    printed: Mapping[str, str] = field(default_factory=dict)
    runs: Sequence[FinishedRun] = ()
    trained_as: str | None = None
    nets: int = 1

    @property
    def networks(self) -> str:
        """The row whose runs of the same seeds are of the same networks."""
        return self.trained_as if self.trained_as and self.nets == 1 else self.name

    def values(self, figure: str) -> dict[int, float]:
        """One value for each seed; none at all where a run does not have it."""
        found = {run.record.seed: run.figures.get(figure) for run in self.runs}
        return {} if None in found.values() else {seed: value for seed, value in found.items() if value is not None}

    def measured(self, figure: str, decimals: int) -> str:
        """``mean ± deviation``, or a dash."""
        values = list(self.values(figure).values())
        return spread(values, decimals) if values else "-"

    def summary(self) -> Summary:
        """For a table in the terminal."""
        figures = tuple(self.measured(name, decimals) for name, _, decimals in COLUMNS)
        return Summary(self.name, len(self.runs), self.runs[0].record.parameters if self.runs else 0, figures)

    def thesis(self, figure: str) -> float | None:
        """The printed mean, None where there is none."""
        found = re.match(r"[-+]?\d+(\.\d+)?", self.printed.get(figure, ""))
        return float(found[0]) if found else None


def read_runs(folder: Path, row: str, checkpoint: str | None = None) -> list[FinishedRun]:
    """The finished runs ``ROW-seed*`` in a table's folder, by seed; those that have its figures where ``checkpoint`` is named."""
    runs = [read_run(path.parent, checkpoint) for path in folder.glob(f"{row}-seed*/results.json")]
    return sorted((run for run in runs if checkpoint in (None, run.final.checkpoint)), key=lambda run: run.record.seed)


def columns_of(rows: Sequence[MeasuredRow]) -> list[tuple[str, str, int]]:
    """Name, heading and decimals of every figure of ``rows``: those that the thesis prints, then what else was measured."""
    printed = [name for row in rows for name in row.printed]
    measured = [name for name, _, _ in FIGURES if any(row.values(name) for row in rows)]
    return [(name, *label_of(name)) for name in dict.fromkeys([*printed, *measured])]
