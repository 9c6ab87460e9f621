"""How long a run trains: its optimiser steps, from its configuration and the number of its images."""

from __future__ import annotations

from dataclasses import dataclass

from contentmix.runs.config import Config
from contentmix.runs.loaders import make_loaders
from contentmix.runs.methods import build_method
from contentmix.runs.prepare import generator_of, resolved
from contentmix.runs.shapes import Shapes


@dataclass(frozen=True)
class Length:
    """Of the training of one run.

    Attributes:
        epochs: of one cycle.
        cycles: trainings of so many epochs in a row.
        epoch_steps: optimiser steps of an epoch.
    """

    epochs: int
    cycles: int
    epoch_steps: int

    @property
    def steps(self) -> int:
        """Of the whole training."""
        return self.epochs * self.cycles * self.epoch_steps

    def __str__(self) -> str:
        epochs = f"{self.epochs} epoch{'s' * (self.epochs > 1)} of {self.epoch_steps:,}"
        return epochs if self.cycles == 1 else f"{self.cycles} cycles of {epochs}"


def length_of(config: Config, shapes: Shapes | None = None) -> Length:
    """How long ``config`` trains. No network is built, and images of known data need not be there.

    Args:
        config: of the run.
        shapes: knows the data, which are read for each run without it.

    Raises:
        UsageError: an option does not fit the data or another option.
        DataError: data are missing or damaged.
    """
    shapes = shapes or Shapes()
    data = shapes.of(config.run)
    config = resolved(config, data)
    method = build_method(config.method, config.method_options, len(data.classes), generator_of(config))
    assert config.run.batch_size is not None
    assert config.run.epochs is not None
    method.check(data)
    loaders, _ = make_loaders(data, method.plan(config.run.batch_size), config.run)
    assert loaders.steps is not None
    return Length(config.run.epochs, method.training_cycles, loaders.steps)
