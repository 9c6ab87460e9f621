"""The callback that shows how training goes, now and then."""

from __future__ import annotations

from collections.abc import Callable

import pytorch_lightning as pl
from torch import nn

from contentmix.training.module import Training


class Preview(pl.Callback):
    """Draws something of the network that predicts after every so many epochs, in one process.

    Args:
        draw: called with the number of epochs done and the network, which it leaves as it is.
        every_epochs: between calls.
    """

    def __init__(self, draw: Callable[[int, nn.Module], None], every_epochs: int) -> None:
        self.draw, self.every_epochs = draw, every_epochs

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw, where it is time."""
        assert isinstance(pl_module, Training)
        done = trainer.current_epoch + 1
        if trainer.is_global_zero and done % self.every_epochs == 0:
            self.draw(done, pl_module.evaluated)
