"""What a person sees of a training at work: how long it will take, how each epoch went, and the time left."""

from __future__ import annotations

import time
from typing import Any

import pytorch_lightning as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from contentmix.durations import duration
from contentmix.training.run_checkpoint import RunCheckpoint

# A first estimate is told after so many steps that took so many seconds, or after an epoch.
_STEPS, _SECONDS = 10, 5.0


def watchers(history: RunCheckpoint, held_out: str = "validation") -> list[pl.Callback]:
    """Callbacks that show a training: a bar on a terminal, else a line for every epoch of ``history``, which they come after.

    Args:
        history: of the run.
        held_out: the name of the set that epochs are selected on.
    """
    console = Console(markup=False, emoji=False, highlight=False)
    clock = Clock(console)
    return [clock, _Bar(clock, held_out) if console.is_interactive else _Lines(clock, history, held_out)]


class Clock(pl.Callback):
    """Knows the time that is left: the steps to come x the mean time of those so far, with all that happens between them.

    The first step, which warms up, does not count. Once some are measured, the time of the whole training is told; of one that
    has ended by then, the time that it took.

    Args:
        console: where.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._done, self._to_come = 0, 0
        self._begun, self._start, self._last = 0.0, 0.0, 0.0
        self._told = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Count the steps to come, fewer where a run is continued."""
        self._to_come = int(trainer.num_training_batches) * (trainer.max_epochs or 1) - trainer.global_step
        self._begun = time.monotonic()

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        """Take the time."""
        self._last = time.monotonic()
        self._start = self._start or self._last
        self._done += 1
        if self._done > _STEPS and self._last - self._start > _SECONDS:
            self._tell(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Tell at the latest now, where more epochs come."""
        self._tell(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Of a training that was too short for an estimate, tell the time that it took."""
        if not self._told and trainer.is_global_zero:
            self.console.print(f"training took {duration(time.monotonic() - self._begun)}", soft_wrap=True)

    def _tell(self, trainer: pl.Trainer) -> None:
        if self._told or not self.left or not trainer.is_global_zero:
            return
        self._told, count = True, self._done - 1
        basis = f"measured on the first {count} step{'s' * (count > 1)}, and corrected from here on"
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

    def __init__(self, clock: Clock, history: RunCheckpoint, held_out: str) -> None:
        self._clock, self._history, self._held_out = clock, history, held_out

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.is_global_zero:
            self._clock.console.print(self._line(int(trainer.max_epochs or 1)), soft_wrap=True)

    def _line(self, epochs: int) -> str:
        row, left = self._history.history[-1], self._clock.left
        said = [f"epoch {row['epoch']:.0f} of {epochs}: loss {row['train_loss']:.3f}"]
        if "val_top1" in row:
            said.append(f"{self._held_out} {row['val_top1']:.1f} %")
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
        return Text(f"{duration(left)} left in all" if left else "")


class _Bar(pl.Callback):
    """The steps of an epoch, then the batches that evaluate it; what is printed on the clock's console stands above the bar.

    It is none of Lightning's, whose console is the global one, and whose epochs count from 0.
    """

    def __init__(self, clock: Clock, held_out: str) -> None:
        self._held_out = held_out
        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), _Left(clock),
            console=clock.console, transient=True, refresh_per_second=4,
        )  # fmt: skip
        self._task = self._progress.add_task("", start=False, total=None)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.is_global_zero:
            self._progress.update(self._task, description=_epoch(trainer))
            self._progress.start_task(self._task)
            self._progress.start()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        steps = trainer.num_training_batches
        self._progress.update(self._task, description=_epoch(trainer), completed=batch_idx + 1, total=steps)

    def on_validation_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int, *args: Any
    ) -> None:
        (batches,) = trainer.num_val_batches
        self._progress.update(self._task, description=self._held_out, completed=batch_idx + 1, total=batches)

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._progress.stop()

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self._progress.stop()


def _epoch(trainer: pl.Trainer) -> str:
    """Which one it is, counted as the lines do."""
    return f"epoch {trainer.current_epoch + 1} of {trainer.max_epochs}"
