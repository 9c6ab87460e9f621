"""How long a training step takes: a few real ones, from all over the training."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytorch_lightning as pl

from contentmix.batch import Batch
from contentmix.training.fit import fit
from contentmix.training.hardware import Hardware
from contentmix.training.module import Training


class _Spread:
    """One batch of each of some steps, in place of an epoch."""

    def __init__(self, loader: Any, steps: Sequence[int]) -> None:
        self.loader, self.steps, self.start_step = loader, steps, 0

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Batch]:
        for step in self.steps:
            self.loader.start_step = step
            yield next(iter(self.loader))


class _Stopwatch(pl.Callback):
    """Takes the time from step to step, and ends training when it was enough."""

    def __init__(self, budget: float) -> None:
        self.budget, self.seconds, self.last = budget, list[float](), 0.0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.last = time.perf_counter()

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        now = time.perf_counter()
        self.seconds.append(now - self.last)
        self.last = now
        trainer.should_stop = sum(self.seconds) > self.budget

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        trainer.should_stop = True


def time_steps(
    module: Training, folder: Path, *, epochs: int, hardware: Hardware, count: int = 12, budget: float = 15.0
) -> list[float]:
    """Seconds of up to ``count`` training steps, spread evenly over the training, data loading included.

    A step before them warms up; where it alone takes longer than the budget, it is the measurement.

    Args:
        module: not trained yet; it is afterwards.
        folder: for what training writes.
        epochs: of the training.
        hardware: where.
        count: steps to time.
        budget: seconds after which no further step is begun.
    """
    points = [(i + 0.5) / count for i in range(count)]
    halves = points[::2] + points[1::2]  # so that a few are spread as well
    epoch = len(halves) + 1
    # Odd: what happens every so many steps is left out.
    steps = [int(point * epoch * epochs) | 1 for point in [halves[0], *halves]]
    loaders = module.loaders
    module.loaders = replace(loaders, train=lambda *place: _Spread(loaders.train(*place), steps), validation=None)
    watch = _Stopwatch(budget)
    fit(module, folder, epochs=epochs, hardware=hardware, progress=False, callbacks=[watch])
    return watch.seconds[1:] or watch.seconds
