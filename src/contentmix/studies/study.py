"""What a study is: named rows of methods with their options, at one or several scales, and what is claimed of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from contentmix.choices import Corrupted
from contentmix.errors import unknown
from contentmix.runs.config import Config, config_from
from contentmix.studies.claim import Claim

# Options that count epochs: a scale with fewer epochs shortens them alike.
EPOCH_OPTIONS = ("fade_epochs", "milestones")


@dataclass(frozen=True)
class RunOf:
    """The value of an option that takes a run folder: the run of another row of the study, with the same seed."""

    row: str


@dataclass(frozen=True)
class Row:
    """One row of a study.

    Attributes:
        name: of letters, digits, ``_ . + -``; it names the folders of its runs.
        method: what is trained.
        options: of the method and of the run, at the study's number of epochs.
        expected: figures that are printed elsewhere, by the names of ``report.FinishedRun.figures``, as printed.
        width: of the network, where the scale leaves it open (``wrn-28-{width}``).
        trained_as: the row whose runs these are, predicting by the ``inference`` of these options, or several together.
        nets: how many runs of that row, of seeds that follow one another, are one deep ensemble.
        together: rows whose runs of the same seed predict with those of ``trained_as``.
        oracle: the row whose classifier, trained on all labels, measures the hybrids of these runs.
        usage: whether it is measured how their subnetworks use features.
    """

    name: str
    method: str
    options: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    width: int | None = None
    trained_as: str | None = None
    nets: int = 1
    together: tuple[str, ...] = ()
    oracle: str | None = None
    usage: bool = False

    def takes(self) -> list[str]:
        """Names of the rows whose runs its options name."""
        return [value.row for value in self.options.values() if isinstance(value, RunOf)]


@dataclass(frozen=True)
class Scale:
    """Where, and how large, a study is run.

    Attributes:
        options: of the run, for every row; a row's own win.
        networks: what stands for the networks of rows.
        data: options of what stands for the data of rows.
        own: options of single rows and helpers, by their name; they win over all of these.
        corruptions: where corrupted images come from, if figures under corruptions are part of the study.
        cost: whether it is measured what rows cost.
        others: data of other classes, if telling them from known ones is part of the study.
    """

    options: dict[str, Any] = field(default_factory=dict)
    networks: dict[str, str] = field(default_factory=dict)
    data: dict[str, dict[str, Any]] = field(default_factory=dict)
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    corruptions: Corrupted | None = None
    others: str | None = None
    cost: bool = False

    def row(self, row: Row) -> Row:
        """``row`` with the options of its own here."""
        own = self.own.get(row.name)
        return row if own is None else replace(row, options={**row.options, **own})


@dataclass(frozen=True)
class Study:
    """Many runs that are compared: rows x seeds. It knows neither who asks nor where it runs.

    Attributes:
        name: of letters, digits, ``_ . + -``; what its folder is called, with ``kind`` before it.
        title: what it compares.
        rows: what is compared.
        scales: by name; the first is the default. The only one of a study may have none: it is the empty text.
        claims: of rows and their figures.
        epochs: of the rows as they are declared, which ``EPOCH_OPTIONS`` refer to.
        helpers: rows that are not compared, trained where a row takes their runs: generators, oracles.
        runs_of: the study whose runs these are, as far as their rows are the same; they are in its folder.
        checkpoint: whose figures count, ``last`` or ``best``; None for that of the run's model.
        kind: of study, in the names of its folder.
        heading: what its page calls it.
        reference: where expected figures and claims come from, such as ``thesis``.
        note: what a reader of its figures must know, in words.
        command: words of the command that performs it, for the records; none where it is performed from Python.
        corrected: whether p of its claims is corrected for their number, so that together they err as rarely as one.
        over: what it varies, in words, and the value of each row along it: its page draws figures over that.
        compares: whether its claims only ask which of two rows has the higher figure: either answer is one.
    """

    name: str
    title: str
    rows: tuple[Row, ...]
    scales: dict[str, Scale]
    claims: tuple[Claim, ...] = ()
    epochs: int = 300
    helpers: tuple[Row, ...] = ()
    runs_of: str | None = None
    checkpoint: str | None = None
    kind: str = "study"
    heading: str = "Study"
    reference: str = ""
    note: str = ""
    command: tuple[str, ...] = ()
    corrected: bool = False
    compares: bool = False
    over: tuple[str, Mapping[str, float]] | None = None

    @property
    def group(self) -> str:
        """The study whose folder its runs are in."""
        return self.runs_of or self.name

    def folder(self, scale: str) -> Path:
        """Where its runs are unless told otherwise."""
        return Path("runs") / "-".join(word for word in (self.kind, self.group, scale) if word)

    def page(self, folder: Path) -> Path:
        """Where the page of its runs in ``folder`` is: beside that of the study whose runs they are, where that is another."""
        return folder / ("report.html" if self.runs_of is None else f"{self.name}.html")

    def headline(self, scale: str) -> str:
        """What its page is called."""
        return f"{self.heading}{f', {scale} scale' if scale else ''}: {self.title}"

    def lines(self, scale: str) -> tuple[Row, ...]:
        """The rows with the options of their own at a scale.

        Raises:
            UsageError: an unknown scale.
        """
        return tuple(map(self.scale(scale).row, self.rows))

    def row(self, name: str, scale: str | None = None) -> Row:
        """The row, or helper, called ``name``, with the options of its own at ``scale`` where that is given.

        Raises:
            UsageError: there is none.
        """
        known = {row.name: row for row in (*self.helpers, *self.rows)}
        if name not in known:
            raise unknown(f"row of {self.name}", name, known)
        return known[name] if scale is None else self.scale(scale).row(known[name])

    def scale(self, name: str) -> Scale:
        """The scale called ``name``.

        Raises:
            UsageError: there is none.
        """
        if name not in self.scales:
            raise unknown("scale", name, self.scales)
        return self.scales[name]

    def config(
        self, row: Row, scale: str, seed: int, folder: Path = Path(), given: Mapping[str, Any] | None = None
    ) -> Config:
        """The configuration of one run.

        Args:
            row: of this study.
            scale: name of its scale.
            seed: of the run.
            folder: where the runs of the study are.
            given: options of the run that win over the study's.

        Raises:
            UsageError: an unknown scale, or an option that there is not.
        """
        where, wins = self.scale(scale), dict(given or {})
        options = {**where.options, **row.options}
        options |= where.data.get(str(options.get("data")), {}) | where.own.get(row.name, {})
        if "network" in options:
            network = options["network"].format(width=row.width)
            options["network"] = where.networks.get(network, network)
        options |= wins
        shrink = options.get("epochs", self.epochs) / self.epochs
        for name in EPOCH_OPTIONS:
            if name in options and name not in wins:
                options[name] = _scaled(options[name], shrink)
        return config_from({"method": row.method, **_found(options, folder, seed), "seed": seed})


def run_name(row: str, seed: int) -> str:
    """The name of the folder of one run."""
    return f"{row}-seed{seed}"


def _found(options: dict[str, Any], folder: Path, seed: int) -> dict[str, Any]:
    """``options`` with the folders of runs in place of what names them."""
    return {
        name: folder / run_name(value.row, seed) if isinstance(value, RunOf) else value
        for name, value in options.items()
    }


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, Iterable):
        return [round(each * factor, 2) for each in value]
    return round(value * factor, 2)


__all__ = ["Row", "RunOf", "Scale", "Study", "run_name"]
