"""The callback that keeps a run: the history of its epochs, its checkpoints, its best weights."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from contentmix.devices import widest_float
from contentmix.errors import ContentmixError
from contentmix.files import atomic_write
from contentmix.training.checkpoint_io import list_checkpoints, read_plain, write_checkpoint
from contentmix.training.module import Training
from contentmix.training.selection import stands
from contentmix.training.step_sums import StepSums

KEPT_CHECKPOINTS = 2
_log = logging.getLogger(__name__)


def trained_as(checkpoint: Path) -> dict[str, Any] | None:
    """What the run of an intact checkpoint was trained as; None where an older version wrote it."""
    found: dict[str, Any] | None = read_plain(checkpoint, "callbacks", RunCheckpoint.__qualname__, "trained_as")
    return found


def steps_of(checkpoint: Path) -> int:
    """How many steps had been made when an intact checkpoint was written."""
    return int(read_plain(checkpoint, "global_step"))


class RunCheckpoint(pl.Callback):
    """Writes ``metrics.csv`` and ``checkpoints/`` of a run folder.

    A row of the history has the mean loss and its terms, shares that the method counts, what the method's callbacks have as
    ``figures``, and the validation metrics.

    The history travels inside each checkpoint and ``metrics.csv`` is rewritten from it, so a resumed run leaves the same
    file as one that was never killed. The two newest checkpoints are kept: if one is damaged, the other serves.

    Args:
        folder: the run folder.
        every_steps: steps between checkpoints within an epoch; one is always written at the end of an epoch.
        trained_as: options of the run that decide what comes out; every checkpoint carries them.
        within_error: whether a later epoch stands that held-out images cannot tell from the best (``stands``).
    """

    def __init__(
        self, folder: Path, every_steps: int, trained_as: Mapping[str, Any] | None = None, *, within_error: bool = False
    ) -> None:
        self.folder, self.every_steps, self.within_error = folder, every_steps, within_error
        self.checkpoints = folder / "checkpoints"
        self.history: list[dict[str, float]] = []
        self.best: dict[str, float] | None = None
        self._sums = StepSums()
        self.trained_as = dict(trained_as or {})
        self.lengthened: list[dict[str, int]] = []

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint carries."""
        state = {"history": self.history, "best": self.best, "sums": self._sums.fetch()}
        return {**state, "trained_as": self.trained_as, "lengthened": self.lengthened}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.history, self.best = state_dict["history"], state_dict["best"]
        self._sums.known = state_dict["sums"]
        self.lengthened = list(state_dict.get("lengthened", ()))
        before, now = (options.get("epochs") for options in (state_dict.get("trained_as", {}), self.trained_as))
        if before is not None and now is not None and before != now:
            self.lengthened.append({"after_epochs": len(self.history), "from": before, "to": now})

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Rewrite the history: a run killed right after a checkpoint may not have written its last row."""
        if self.history and trainer.is_global_zero:
            self._write_history()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Add the loss of the step and its parts; every so often, save."""
        self._sums.add(outputs["sums"])
        last = batch_idx + 1 == trainer.num_training_batches
        if trainer.global_step % self.every_steps == 0 and not last:
            self._agree_on_sums(trainer)
            self._save(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Close the epoch: a row of history, its weights if they stand so far, a checkpoint."""
        assert isinstance(pl_module, Training)
        sums = self._agree_on_sums(trainer)
        row: dict[str, float] = {
            "epoch": trainer.current_epoch + 1,
            "step": trainer.global_step,
            "lr": trainer.optimizers[0].param_groups[0]["lr"],
            **{name: part / whole for name, (part, whole) in sums.items() if whole},
            **{name: value for each in trainer.callbacks for name, value in getattr(each, "figures", {}).items()},
            **pl_module.validation_metrics,
        }
        if trainer.is_global_zero:
            self._warn_of_dead_terms(sums, int(row["epoch"]))
            for text in filter(None, (alarm.text(row) for alarm in pl_module.method.alarms)):
                _log.warning("contentmix: epoch %d: %s", row["epoch"], text)
        self.history.append(row)
        self._sums, pl_module.validation_metrics = StepSums(), {}
        if "val_top1" in row and self._stands(row, pl_module) and trainer.is_global_zero:
            self._save_best(pl_module, int(row["epoch"]))
        self._save(trainer)
        if trainer.is_global_zero:
            self._write_history()
            if trainer.logger is not None:
                trainer.logger.log_metrics({k: v for k, v in row.items() if k != "step"}, step=trainer.global_step)

    def _stands(self, row: dict[str, float], module: Training) -> bool:
        """Whether the weights of this epoch are those that stand so far; remember the best accuracy."""
        top1, best = row["val_top1"], None if self.best is None else self.best["val_top1"]
        if not stands(top1, best, module.validation_images if self.within_error else None):
            return False
        self.best = {"epoch": row["epoch"], "val_top1": top1 if best is None else max(top1, best)}
        return True

    def _agree_on_sums(self, trainer: pl.Trainer) -> dict[str, list[float]]:
        """Give every process the mean of the sums, so that a checkpoint written by one holds for all.

        Raises:
            NonFiniteLoss: a loss since the last checkpoint was not finite.
        """
        module = trainer.lightning_module
        assert isinstance(module, Training)
        module.check_losses(trainer.global_step - 1, now=True)
        mine = self._sums.fetch()
        # On the device: NCCL takes nothing from the CPU.
        values = torch.tensor(list(mine.values()), dtype=widest_float(module.device), device=module.device)
        means = trainer.strategy.reduce(values, reduce_op="mean").tolist()
        self._sums.known = dict(zip(mine, means, strict=True))
        return self._sums.known

    def _warn_of_dead_terms(self, sums: dict[str, list[float]], epoch: int) -> None:
        for name, (part, _) in sums.items():
            if name.startswith("loss_") and part == 0:
                _log.warning(
                    "contentmix: %s was exactly zero in every step of epoch %d: nothing is learnt from this term",
                    name,
                    epoch,
                )

    def _save(self, trainer: pl.Trainer) -> None:
        module = trainer.lightning_module
        spoilt = [name for name, tensor in module.network.state_dict().items() if not torch.isfinite(tensor).all()]
        if spoilt:
            raise ContentmixError(
                f"weights are no longer finite at step {trainer.global_step} (first: {spoilt[0]}) and were not saved; try a "
                "smaller lr or a grad_clip"
            )
        trainer.save_checkpoint(self.checkpoints / f"step-{trainer.global_step:08d}")
        if trainer.is_global_zero:
            for old in list_checkpoints(self.checkpoints)[KEPT_CHECKPOINTS:]:
                old.unlink()

    def _save_best(self, module: Training, epoch: int) -> None:
        previous = list_checkpoints(self.checkpoints, "best")
        kept = write_checkpoint(dict(module.evaluated.state_dict()), self.checkpoints, f"best-{epoch:08d}")
        for old in previous:
            if old != kept:
                old.unlink()

    def _write_history(self) -> None:
        columns = list(dict.fromkeys(name for row in self.history for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.history)
        atomic_write(self.folder / "metrics.csv", text.getvalue())
