"""The rows of a study as they were measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contentmix.report import COLUMNS, FIGURES, FinishedRun, Summary, label_of, read_run, spread
from contentmix.studies.study import Study

EVALUATED = frozenset(name for name, _, _ in COLUMNS)


@dataclass(frozen=True)
class MeasuredRow:
    """One row: runs that differ in their seed, and what is expected of them.

    Attributes:
        name: of the row.
        expected: figures, by the names of ``FIGURES``, as printed elsewhere.
        runs: by seed; none where the row was not run.
        trained_as: the row whose networks these are, where they are another's.
        nets: how many of these networks, of different seeds, predict together.
    """

    name: str
    expected: Mapping[str, str] = field(default_factory=dict)
    runs: Sequence[FinishedRun] = ()
    trained_as: str | None = None
    nets: int = 1

    @property
    def networks(self) -> str:
        """The row whose networks these are: a run of seed s is of those of seeds s to s + ``nets`` - 1."""
        return self.trained_as or self.name

    @property
    def words(self) -> str:
        """For an ensemble: how many values it has."""
        return f"{self.name}: {len(self.runs)} of {self.nets} networks"

    def values(self, figure: str) -> dict[int, float]:
        """One value for each seed.

        None at all where an evaluation does not have it: a ``d_re`` without common errors is not missing by chance. What is
        measured apart, feature usage or figures under corruptions, is of the seeds of which it was.
        """
        found = {run.record.seed: run.figures[figure] for run in self.runs if figure in run.figures}
        return {} if figure in EVALUATED and len(found) < len(self.runs) else found

    def measured(self, figure: str, decimals: int) -> str:
        """``mean ± deviation``, with the number of seeds in brackets where not all of them were measured, or a dash."""
        values = list(self.values(figure).values())
        of = f" [{len(values)}]" if len(values) < len(self.runs) else ""
        return f"{spread(values, decimals)}{of}" if values else "-"

    def summary(self) -> Summary:
        """For a table in the terminal."""
        figures = tuple(self.measured(name, decimals) for name, _, decimals in COLUMNS)
        return Summary(self.name, len(self.runs), self.runs[0].record.parameters if self.runs else 0, figures)

    def expected_value(self, figure: str) -> float | None:
        """The expected mean, None where there is none."""
        return mean_of(self.expected.get(figure, ""))


def mean_of(printed: str) -> float | None:
    """The mean that a source prints, as of "79.5 ± 0.1"; None of a text without."""
    found = re.match(r"[-+]?\d+(\.\d+)?", printed)
    return float(found[0]) if found else None


def read_runs(folder: Path, row: str, checkpoint: str | None = None) -> list[FinishedRun]:
    """The finished runs ``ROW-seed*`` in a study's folder, by seed; those that have its figures where ``checkpoint`` is named."""
    runs = [read_run(path.parent, checkpoint) for path in folder.glob(f"{row}-seed*/results.json")]
    return sorted((run for run in runs if checkpoint in (None, run.final.checkpoint)), key=lambda run: run.record.seed)


def measured_rows(study: Study, scale: str, folder: Path) -> list[MeasuredRow]:
    """The rows that ``study`` has at ``scale``, with their finished runs in ``folder``; those without runs are there too.

    Of ensembles of n networks, those of seeds 0, n, 2 n and so on are taken: these have no network in common.
    """
    rows = []
    for row in study.lines(scale):
        runs = [run for run in read_runs(folder, row.name, study.checkpoint) if run.record.seed % row.nets == 0]
        rows.append(MeasuredRow(row.name, row.expected, runs, row.trained_as, row.nets))
    return rows


def columns_of(rows: Sequence[MeasuredRow]) -> list[tuple[str, str, int]]:
    """Name, heading and decimals of every figure of ``rows``: those that are expected, then what else was measured."""
    expected = [name for row in rows for name in row.expected]
    measured = [name for name, _, _ in FIGURES if any(row.values(name) for row in rows)]
    return [(name, *label_of(name)) for name in dict.fromkeys([*expected, *measured])]
