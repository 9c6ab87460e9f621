"""The Lightning module: one method, one network, one optimiser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import pytorch_lightning as pl
import torch
from timm.optim import param_groups_weight_decay
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from contentmix.batch import Batch
from contentmix.errors import ContentmixError, require
from contentmix.keys import derive
from contentmix.metrics import ensemble_log_probs
from contentmix.training.method import Losses, Method, Step
from contentmix.training.moving_average import MovingAverage
from contentmix.training.schedules import LearningRate


class NonFiniteLoss(ContentmixError):
    """The loss became NaN or infinite; raised before the update that it would have spoilt."""


@dataclass(frozen=True)
class Optimisation:
    """How weights are updated.

    Args:
        lr: base learning rate; ``schedule`` scales it at every step.
        schedule: the factor over time.
        optimizer: ``sgd`` (Nesterov) or ``adamw``.
        momentum: of SGD (thesis: 0.9).
        weight_decay: in PyTorch's convention (thesis: l2 3e-4 of the plain sum of squares = 6e-4), on all parameters; of
            a network that names some in ``no_weight_decay``, as transformers do, not on those, nor on biases and normalisation.
        grad_clip: largest gradient norm, None leaves gradients alone.
        ema_decay: keep an exponential moving average of parameters and buffers (``MovingAverage``) and evaluate it; None
            keeps none.
    """

    lr: float
    schedule: LearningRate
    optimizer: Literal["sgd", "adamw"] = "sgd"
    momentum: float = 0.9
    weight_decay: float = 6e-4
    grad_clip: float | None = None
    ema_decay: float | None = None

    def __post_init__(self) -> None:
        require(self.lr > 0, f"lr is {self.lr}: a learning rate is positive")
        require(self.weight_decay >= 0, f"weight_decay is {self.weight_decay}: it cannot be negative")
        require(0 <= self.momentum < 1, f"momentum is {self.momentum}: choose it in [0, 1)")
        require(
            self.ema_decay is None or 0 <= self.ema_decay < 1, f"ema_decay is {self.ema_decay}: choose it in [0, 1)"
        )
        require(self.grad_clip is None or self.grad_clip > 0, f"grad_clip is {self.grad_clip}: a norm is positive")


@dataclass(frozen=True)
class Loaders:
    """Makes the loaders once the process knows its place: ``train(rank, processes, device)``, ``validation`` likewise."""

    train: Callable[[int, int, torch.device], Any]
    validation: Callable[[int, int, torch.device], Any] | None


class Training(pl.LightningModule):
    """Trains ``network`` by ``method``; everything it draws is keyed by ``seed`` and the step."""

    def __init__(
        self,
        method: Method,
        network: nn.Module,
        optimisation: Optimisation,
        loaders: Loaders,
        *,
        seed: int,
        classes: int,
    ) -> None:
        super().__init__()
        self.method, self.network, self.optimisation, self.loaders = method, network, optimisation, loaders
        self.seed, self.classes = seed, classes
        decay = optimisation.ema_decay
        self.ema = None if decay is None else MovingAverage(network, decay)
        # Dropout of any kind, and timm's stochastic depth.
        self._draws = any(
            layer.p > 0 if isinstance(layer, _DropoutNd) else bool(getattr(layer, "drop_prob", None))
            for layer in network.modules()
        )
        self.validation_metrics: dict[str, float] = {}
        self._sums = torch.zeros(3, dtype=torch.float64)
        self._train_loader: Any = None

    @property
    def evaluated(self) -> nn.Module:
        """The network that predicts: the moving average where one is kept."""
        return self.network if self.ema is None else self.ema.module

    def _predict(self, images: Tensor) -> Tensor:
        logits: Tensor = self.evaluated.predict(images)  # type: ignore[operator]
        return logits

    def train_dataloader(self) -> Any:
        """This process's share of every global batch."""
        self._train_loader = self.loaders.train(self.global_rank, self.trainer.world_size, self.device)
        return self._train_loader

    def val_dataloader(self) -> Any:
        """This process's share of the set that checkpoints are selected on."""
        if self.loaders.validation is None:
            return []
        return self.loaders.validation(self.global_rank, self.trainer.world_size, self.device)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """Nothing: loaders make their batches on the device."""
        return batch

    def on_train_start(self) -> None:
        """Point the loader at the step to come: a resumed epoch, which starts no epoch anew, continues where it stopped."""
        self._train_loader.start_step = self.trainer.global_step
        if self.ema is not None:
            self.ema.follow(self.network)

    def on_train_epoch_start(self) -> None:
        """Point the loader at the epoch to come."""
        self._train_loader.start_step = self.trainer.global_step

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Any]:
        """The method's loss, with sums of its terms; a loss that is not finite ends training before the update."""
        epoch = batch.step / self.trainer.num_training_batches
        progress = epoch / (self.trainer.max_epochs or 1)
        average = None if self.ema is None else self.ema.module
        step = Step(
            self.seed, batch.step, progress, epoch, self.classes, self.global_rank, batch.images.device, average
        )
        with self._layer_randomness(batch):
            found = self.method.loss(self.network, batch, step)
        loss, sums = (found.total, found.sums()) if isinstance(found, Losses) else (found, {})
        if not torch.isfinite(loss):
            raise NonFiniteLoss(
                f"the loss is {loss.item()} at step {batch.step} (epoch {self.current_epoch}, batch {batch_idx}); the update "
                "was not made and the last checkpoint is kept; try a smaller lr, a grad_clip, or check the data"
            )
        return {"loss": loss, "sums": sums}

    @contextmanager
    def _layer_randomness(self, batch: Batch) -> Iterator[None]:
        """Dropout and stochastic depth draw from torch's global state: it is keyed by the step, and given back untouched."""
        if not self._draws:
            yield
            return
        devices = [batch.images.device] if batch.images.is_cuda else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(derive(self.seed, "layers", batch.step, "rank", self.global_rank))
            yield

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Add up what the validation metrics need."""
        log_probs = ensemble_log_probs(self._predict(batch.images[:, 0]).float(), "logits")
        labels = batch.labels[:, 0]
        correct = (log_probs.argmax(1) == labels).sum()
        nll = torch.nn.functional.nll_loss(log_probs.double(), labels, reduction="sum")
        self._sums += torch.stack([correct.double(), nll, torch.tensor(float(len(labels)), device=nll.device)]).cpu()

    def on_validation_epoch_start(self) -> None:
        """Begin new sums; the moving average predicts in evaluation mode like the network."""
        self._sums.zero_()
        self.evaluated.eval()

    def on_validation_epoch_end(self) -> None:
        """Top-1 (%) and NLL of the ensemble over all processes."""
        sums = self.trainer.strategy.reduce(self._sums.to(self.device), reduce_op="sum")
        correct, nll, images = sums.tolist()
        self.validation_metrics = {"val_top1": 100 * correct / images, "val_nll": nll / images}

    def configure_optimizers(self) -> Any:
        """The optimiser over all parameters and its schedule, a pure function of the step."""
        settings = self.optimisation
        parameters = self._update_groups()
        # Lightning clips no gradients of a fused optimiser in mixed precision.
        on_cpu = self.device.type == "cpu"
        fused = on_cpu and settings.grad_clip is None
        optimizer: torch.optim.Optimizer
        if settings.optimizer == "sgd":
            optimizer = torch.optim.SGD(
                parameters, settings.lr, settings.momentum, weight_decay=settings.weight_decay,
                nesterov=settings.momentum > 0, fused=fused,
            )  # fmt: skip
        else:
            optimizer = torch.optim.AdamW(parameters, settings.lr, weight_decay=settings.weight_decay, fused=fused)
        steps = int(self.trainer.estimated_stepping_batches) // (self.trainer.max_epochs or 1)
        factor = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: settings.schedule.factor(step, steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": factor, "interval": "step"}}

    def _update_groups(self) -> list[Any]:
        """What the optimiser updates, in groups where some parameters are not decayed."""
        choosy = {name: module for name, module in self.network.named_modules() if hasattr(module, "no_weight_decay")}
        if not choosy:
            return list(self.network.parameters())
        kept = {f"{name}.{own}" for name, module in choosy.items() for own in module.no_weight_decay()}
        groups: list[Any] = param_groups_weight_decay(
            self.network, self.optimisation.weight_decay, no_weight_decay_list=kept
        )
        return groups

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """The update, then that of the moving average, so that both are in any checkpoint of this step."""
        super().optimizer_step(*args, **kwargs)
        if self.ema is not None:
            self.ema.update(self.trainer.global_step + 1)  # counted when this returns
