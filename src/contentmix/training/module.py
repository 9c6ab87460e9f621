"""The Lightning module: one method, one network, one optimiser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytorch_lightning as pl
import torch
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd
from torch.optim import Optimizer

from contentmix.batch import Batch
from contentmix.choices import Average
from contentmix.devices import widest_float
from contentmix.errors import ContentmixError, require
from contentmix.keys import derive
from contentmix.metrics import ensemble_log_probs
from contentmix.networks import Trunk, trunk_of
from contentmix.training.loss_watch import LossWatch
from contentmix.training.method import Loaders, Losses, Method, Step, check_scalar
from contentmix.training.moving_average import MovingAverage
from contentmix.training.optimisation import Optimisation, PartedOptimizer, make_optimizer


class NonFiniteLoss(ContentmixError):
    """The loss became NaN or infinite; the update that it would have spoilt is not made."""


class Training(pl.LightningModule):
    """Trains ``network`` by ``method``; everything it draws is keyed by ``seed`` and the step.

    Args:
        method: how.
        network: that it has built.
        optimisation: of its weights.
        loaders: of what it learns from, and of what epochs are selected on.
        seed: of all draws.
        classes: k.
        weights: (k,) of the classes in the loss of known labels.
        average: of what over members the predictions are made that epochs are selected by.
    """

    weights: Tensor | None
    _frozen: Trunk | None = None

    def __init__(
        self,
        method: Method,
        network: nn.Module,
        optimisation: Optimisation,
        loaders: Loaders,
        *,
        seed: int,
        classes: int,
        weights: Tensor | None = None,
        average: Average = "logits",
    ) -> None:
        super().__init__()
        self.method, self.network, self.optimisation, self.loaders = method, network, optimisation, loaders
        self.seed, self.classes, self.average = seed, classes, average
        self.register_buffer("weights", weights, persistent=False)
        self.register_buffer("_one", torch.ones(()), persistent=False)
        fine_tuning = optimisation.fine_tuning
        if fine_tuning is not None and fine_tuning.freeze:
            self._frozen = trunk_of(network)
            self._frozen.freeze()
            self.train()
        decay = optimisation.ema_decay
        self.ema = None if decay is None else MovingAverage(network, decay)
        # Dropout of any kind, and timm's stochastic depth.
        self._draws = any(
            layer.p > 0 if isinstance(layer, _DropoutNd) else bool(getattr(layer, "drop_prob", None))
            for layer in network.modules()
        )
        self.validation_metrics: dict[str, float] = {}
        self.validation_images = 0  # that these are of
        self._sums: Tensor | None = None
        self._watch: LossWatch | None = None
        self._updated: list[Optimizer] = []
        self.replays_graphs = False
        self.train_loader: Any = None

    def train(self, mode: bool = True) -> Training:
        """As of any module, but that what is frozen normalises by the statistics that it has, and drops nothing."""
        super().train(mode)
        if self._frozen is not None:
            self._frozen.module.eval()
        return self

    @property
    def evaluated(self) -> nn.Module:
        """The network that predicts: the moving average where one is kept."""
        return self.network if self.ema is None else self.ema.module

    def _predict(self, images: Tensor) -> Tensor:
        logits: Tensor = self.evaluated.predict(images)  # type: ignore[operator]
        return logits

    def train_dataloader(self) -> Any:
        """This process's share of every global batch."""
        self.train_loader = self.loaders.train(self.global_rank, self.trainer.world_size, self.device)
        return self.train_loader

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
        self.train_loader.start_step = self.trainer.global_step
        if self.ema is not None:
            updates = int(self.trainer.estimated_stepping_batches)
            self.ema.follow(self.network, round(self.optimisation.ema_start * updates))

    def on_train_epoch_start(self) -> None:
        """Point the loader at the epoch to come."""
        self.train_loader.start_step = self.trainer.global_step

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Any]:
        """The method's loss, with sums over steps; one that is not finite ends training, and its update is not made.

        On a CUDA device the optimiser is told on the device, and the host comes to know some steps later.
        """
        if self.replays_graphs:
            torch.compiler.cudagraph_mark_step_begin()  # what the graphs put out before may be written over
        epoch = batch.step / self.trainer.num_training_batches
        progress = epoch / (self.trainer.max_epochs or 1)
        average = None if self.ema is None else self.ema.module
        step = Step(self.seed, batch.step, progress, epoch, self.classes, self.global_rank, average, self.weights)
        with self._layer_randomness(batch):
            found = self.method.loss(self.network, batch, step)
        loss, sums = (found.total, found.sums()) if isinstance(found, Losses) else (found, {})
        check_scalar("the loss", loss)
        require(
            loss.requires_grad, "the loss depends on no weight that is trained: make it of what the network puts out"
        )
        if self._watch is None:
            if not torch.isfinite(loss):
                self._stop(batch.step, str(loss.item()))
        else:
            self._watch.see(loss)
            for optimizer in self._updated:
                optimizer.found_inf = self._watch.found  # type: ignore[attr-defined]
            self.check_losses(batch.step)
        mean = torch.stack([loss.detach(), self._one.to(loss.dtype)])
        return {"loss": loss, "sums": {"train_loss": mean, **sums}}

    def check_losses(self, step: int, *, now: bool = False) -> None:
        """Raise ``NonFiniteLoss`` where a loss up to ``step`` was not finite and the host knows, or waits to know ``now``."""
        spoilt = None if self._watch is None else self._watch.spoilt(now=now)
        if spoilt is not None:
            self._stop(step + 1 - spoilt, "not finite")

    def _stop(self, step: int, value: str) -> NoReturn:
        epoch, batch = divmod(step, int(self.trainer.num_training_batches))
        raise NonFiniteLoss(
            f"the loss is {value} at step {step} (epoch {epoch}, batch {batch}); the update was not made; "
            "try a smaller lr, a grad_clip, or check the data"
        )

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
        if self.replays_graphs:
            torch.compiler.cudagraph_mark_step_begin()
        log_probs = ensemble_log_probs(self._predict(batch.images[:, 0]).float(), self.average)
        labels = batch.labels[:, 0]
        correct = (log_probs.argmax(1) == labels).sum()
        nll = torch.nn.functional.nll_loss(log_probs.to(widest_float(log_probs.device)), labels, reduction="sum")
        sums = torch.stack([correct.to(nll.dtype), nll, torch.full_like(nll, len(labels))])
        self._sums = sums if self._sums is None else self._sums + sums

    def on_validation_epoch_start(self) -> None:
        """Begin new sums; the moving average predicts in evaluation mode like the network."""
        self._sums = None
        self.evaluated.eval()

    def on_validation_epoch_end(self) -> None:
        """Top-1 (%) and NLL of the ensemble over all processes."""
        mine = torch.zeros(3, dtype=widest_float(self.device), device=self.device) if self._sums is None else self._sums
        correct, nll, images = self.trainer.strategy.reduce(mine, reduce_op="sum").tolist()
        self.validation_images = round(images)
        self.validation_metrics = {"val_top1": 100 * correct / images, "val_nll": nll / images}

    def configure_optimizers(self) -> Any:
        """The optimisers of all parts as one, and their schedules, pure functions of the step."""
        clips = self.optimisation.grad_clip is not None
        # A fused update scales gradients of half precision back by itself, after they would have been clipped.
        fused = {"cpu": not clips, "cuda": not (clips and self.trainer.precision == "16-mixed")}.get(
            self.device.type, False
        )
        steps = int(self.trainer.estimated_stepping_batches) // (self.trainer.max_epochs or 1)
        optimizer, factors = make_optimizer(self.network, self.optimisation, self.method.parts, steps, fused=fused)
        if fused and self.device.type != "cpu":
            self.watch_losses(optimizer)
        factor = torch.optim.lr_scheduler.LambdaLR(optimizer, factors)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": factor, "interval": "step"}}

    def watch_losses(self, optimizer: Optimizer) -> None:
        """From now on find out on the device whether losses are finite: ``optimizer``, a fused one, skips updates there."""
        self._watch = LossWatch(self.device)
        self._updated = optimizer.optimizers if isinstance(optimizer, PartedOptimizer) else [optimizer]

    def configure_gradient_clipping(self, optimizer: Any, *args: Any, **kwargs: Any) -> None:
        """The gradients of each part have a norm of their own, which some parts do not limit, and most runs limit none."""
        limit = self.optimisation.grad_clip
        if limit is None:
            return
        inner = optimizer.optimizer if isinstance(optimizer, LightningOptimizer) else optimizer
        for part in inner.clipped if isinstance(inner, PartedOptimizer) else [inner]:
            if part.defaults.get("fused"):
                # Lightning clips no gradients of a fused optimiser in mixed precision.
                parameters = [parameter for group in part.param_groups for parameter in group["params"]]
                torch.nn.utils.clip_grad_norm_(parameters, limit)
            else:
                self.clip_gradients(part, *args, **kwargs)

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """The update, then that of the moving average, so that both are in any checkpoint of this step."""
        super().optimizer_step(*args, **kwargs)
        if self.ema is not None:
            self.ema.update(self.trainer.global_step + 1)  # counted when this returns
