"""What a table of the thesis is: rows of methods with their options, at a scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from contentmix.errors import unknown
from contentmix.experiments.config import Config, config_from

# Options that count epochs: a scale with fewer epochs shortens them alike.
EPOCH_OPTIONS = ("fade_epochs", "milestones")


@dataclass(frozen=True)
class Row:
    """One line of a table, or one point of a figure.

    Attributes:
        name: as printed.
        method: what is trained.
        options: of the method and of the run, at the thesis's number of epochs.
        printed: the thesis's figures, by the names of the record's, as printed.
        width: of the network, where the scale leaves it open (``wrn-28-{width}``).
        trained_as: the row whose runs these are, but for the ``inference`` of its options: nothing is trained twice.
    """

    name: str
    method: str
    options: dict[str, Any] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    width: int | None = None
    trained_as: str | None = None


@dataclass(frozen=True)
class Scale:
    """Where a table is run.

    Attributes:
        options: of the run, for every row; a row's own win.
        networks: what stands for the networks of the thesis.
        shorten: factor of every row's number of epochs.
    """

    options: dict[str, Any]
    networks: dict[str, str] = field(default_factory=dict)
    shorten: float = 1.0


@dataclass(frozen=True)
class Table:
    """A table or figure of the thesis.

    Attributes:
        number: ``3.6``, or ``figure-3.8``.
        title: what it compares.
        rows: its lines.
        scales: ``thesis`` and ``small``.
        epochs: of the thesis's runs, which ``EPOCH_OPTIONS`` refer to.
        analyse: whether feature usage is part of it.
        nets: runs of a row that are also evaluated together, as one ensemble; 1 for none.
    """

    number: str
    title: str
    rows: tuple[Row, ...]
    scales: dict[str, Scale]
    epochs: int = 300
    analyse: bool = False
    nets: int = 1

    def chosen(self, names: Sequence[str] | None) -> tuple[Row, ...]:
        """The rows called ``names``, or all."""
        if not names:
            return self.rows
        known = {row.name: row for row in self.rows}
        return tuple(known[name] if name in known else _raise(self, name) for name in names)

    def config(self, row: Row, scale: str, seed: int) -> Config:
        """The configuration of one run.

        Raises:
            UsageError: an unknown scale.
        """
        if scale not in self.scales:
            raise unknown("scale", scale, self.scales)
        where = self.scales[scale]
        options = {**where.options, **row.options}
        if "network" in options:
            options["network"] = where.networks.get(options["network"], options["network"])
        if where.shorten != 1:
            options["epochs"] = max(1, round(where.shorten * options.get("epochs", self.epochs)))
        if row.width is not None:
            options["network"] = options["network"].format(width=row.width)
        shrink = options.get("epochs", self.epochs) / self.epochs
        for name in EPOCH_OPTIONS:
            if name in options:
                options[name] = _scaled(options[name], shrink)
        return config_from({"method": row.method, **options, "seed": seed})


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, Iterable):
        return [round(each * factor, 2) for each in value]
    return round(value * factor, 2)


def _raise(table: Table, name: str) -> NoReturn:
    raise unknown(f"row of {table.number}", name, [row.name for row in table.rows])


__all__ = ["Row", "Scale", "Table"]
