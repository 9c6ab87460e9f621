"""The same number of optimiser steps for every row of a comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from contentmix.errors import require
from contentmix.runs.length import Length, length_of
from contentmix.runs.shapes import Shapes
from contentmix.studies.study import Row, Study


@dataclass(frozen=True)
class Budget:
    """How long every run of a study trains.

    Attributes:
        epochs: between evaluations, of each cycle.
        steps: of every run.
        alone: how long each row would train by itself, by the recipe of its data and the options given.
        asked: whether the length was given.
    """

    epochs: int
    steps: int
    alone: dict[str, Length]
    asked: bool

    @property
    def words(self) -> str:
        """For a page: what was made equal, and how."""
        made = (
            f"Equal steps: every run makes {self.steps:,} optimiser steps, in epochs of {self.steps // self.epochs:,}; an "
            "epoch here is no pass over the images, which takes methods more or fewer steps by their batches"
        )
        if self.asked:
            return f"{made}. So many were asked for."
        told = "; ".join(f"{name} {length.steps:,} ({length})" for name, length in self.alone.items())
        return f"{made}. They are as many as the longest would make by itself, so that none is cut short: {told}."


def with_equal_steps(study: Study, shapes: Shapes) -> tuple[Study, Budget]:
    """``study``, of one scale, with as many optimiser steps for each row as the longest would make by itself.

    All are evaluated as often: epochs are as many as the first row's, of equal length. A row that trains in several cycles of so
    many epochs has shorter ones, so that it makes no more steps. Where ``epoch_steps`` is given, that is the length.

    Args:
        study: of one scale.
        shapes: knows the data.

    Raises:
        UsageError, DataError: a row does not fit the data.
    """
    (scale,) = study.scales
    options = study.scale(scale).options
    alone = {row.name: length_of(study.config(row, scale, 0), shapes) for row in study.rows}
    cycles = math.lcm(*(length.cycles for length in alone.values()))
    epochs, given = next(iter(alone.values())).epochs, options.get("epoch_steps")
    require(
        given is None or given % cycles == 0,
        f"epoch_steps is {given}: a row trains in {cycles} cycles, which share them; choose a multiple of {cycles}",
    )
    longest = max(length.steps for length in alone.values())
    each = given or cycles * math.ceil(longest / (epochs * cycles))

    def shortened(row: Row) -> Row:
        own = alone[row.name].cycles
        return row if own == 1 else replace(row, options={**row.options, "epoch_steps": each // own})

    budget = Budget(epochs, epochs * each, alone, given is not None)
    options = {**options, "epochs": epochs, "epoch_steps": each}
    equal = replace(
        study,
        rows=tuple(map(shortened, study.rows)),
        scales={scale: replace(study.scale(scale), options=options)},
        epochs=epochs,
        note=budget.words,
    )
    return equal, budget
