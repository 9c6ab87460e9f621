"""What a person sees of a training at work: how long it will take, how each epoch went, and the time left."""

from __future__ import annotations

import time
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import RichProgressBar
from rich.console import Console
from rich.progress import ProgressColumn, Task
from rich.text import Text

from contentmix.durations import duration
from contentmix.training.run_checkpoint import RunCheckpoint

# A first estimate is told after so many steps that took so many seconds, or after an epoch.
_STEPS, _SECONDS = 10, 5.0


def watchers(history: RunCheckpoint) -> list[pl.Callback]:
    """Callbacks that show a training: a bar on a terminal, else a line for every epoch of ``history``, which they come after."""
    console = Console(markup=False, emoji=False, highlight=False)
    clock = Clock(console)
    return [clock, _Bar(clock) if console.is_terminal else _Lines(clock, history)]


class Clock(pl.Callback):
    """Knows the time that is left: the steps to come x the mean time of those so far, with all that happens between them.

    The first step, which warms up, does not count. Once some are measured, the time of the whole training is told.

    Args:
        console: where.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._done, self._to_come, self._start, self._last = 0, 0, 0.0, 0.0
        self._told = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Count the steps to come, fewer where a run is continued."""
        self._to_come = int(trainer.num_training_batches) * (trainer.max_epochs or 1) - trainer.global_step

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        """Take the time."""
        self._last = time.monotonic()
        self._start = self._start or self._last
        self._done += 1
        if self._done > _STEPS and self._last - self._start > _SECONDS:
            self._tell(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Tell at the latest now."""
        self._tell(trainer)

    def _tell(self, trainer: pl.Trainer) -> None:
        if not self._told and self.left is not None and trainer.is_global_zero:
            self._told = True
            basis = f"measured on the first {self._done - 1} steps, and corrected from here on"
            self.console.print(f"estimated time: {duration(self.whole)}, {basis}", soft_wrap=True)

    @property
    def _mean(self) -> float:
        return (self._last - self._start) / max(self._done - 1, 1)

    @property
    def whole(self) -> float:
        """Seconds that all steps take."""
        return self._to_come * self._mean

    @property
    def left(self) -> float | None:
        """Seconds to come; None before any is known."""
        return None if self._done < 2 else (self._to_come - self._done) * self._mean


class _Lines(pl.Callback):
    """A line for every epoch."""

    def __init__(self, clock: Clock, history: RunCheckpoint) -> None:
        self._clock, self._history = clock, history

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.is_global_zero:
            self._clock.console.print(self._line(int(trainer.max_epochs or 1)), soft_wrap=True)

    def _line(self, epochs: int) -> str:
        row, left = self._history.history[-1], self._clock.left
        said = [f"epoch {row['epoch']:.0f} of {epochs}: loss {row['train_loss']:.3f}"]
        if "val_top1" in row:
            said.append(f"validation {row['val_top1']:.1f} %")
        if left is not None and row["epoch"] < epochs:
            said.append(f"{duration(left)} left")
        return ", ".join(said)


class _Left(ProgressColumn):
    """The time left of the whole training."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def render(self, task: Task) -> Text:
        left = self._clock.left
        return Text("" if left is None else f"{duration(left)} left in all")


class _Bar(RichProgressBar):
    """Lightning's bar of an epoch, with the time left of all."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def configure_columns(self, trainer: pl.Trainer) -> list[Any]:
        """Those of Lightning, and the time left."""
        return [*super().configure_columns(trainer), _Left(self._clock)]
