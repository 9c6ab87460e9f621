"""Training in cycles: hybrids made after one are labelled images of the next (thesis algorithm A.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch

from contentmix.data import ArraySet, DataSource, Normalise, StepLoader, TwoStreamLoader
from contentmix.errors import ContentmixError, UsageError
from contentmix.hybrids import Samosa
from contentmix.keys import keyed_generator
from contentmix.training.module import Training

BATCH = 256


class HybridCycles(pl.Callback):
    """Makes the hybrids at the beginning of each cycle but the first, and adds them to the labelled stream within a window.

    They travel inside checkpoints, so that a resumed run learns from the same.

    Args:
        source: whose training images are the labelled ones.
        labelled: makes the labelled stream of a set of images for a process: ``labelled(images, rank, processes, device)``.
        epochs: of a cycle.
        window: shares of a cycle.
        copies: hybrids of each labelled image.
        seed: of the draws.
    """

    def __init__(
        self,
        source: DataSource,
        labelled: Callable[[ArraySet, int, int, torch.device], StepLoader],
        *,
        epochs: int,
        window: tuple[float, float],
        copies: int,
        seed: int,
    ) -> None:
        if not isinstance(source.train, ArraySet) or not isinstance(source.unlabelled, ArraySet):
            raise UsageError(
                f"{source.name} is not in memory: hybrids of its labelled images are kept there; choose cycles 1, or a smaller "
                "image_size"
            )
        self.images, self.others, self.source = source.train, source.unlabelled, source
        self.labelled, self.epochs, self.window, self.copies, self.seed = labelled, epochs, window, copies, seed
        self.hybrids: ArraySet | None = None
        self.cycle = 0
        self.kept: float | None = None

    @property
    def figures(self) -> dict[str, float]:
        """For ``metrics.csv``: the share of the cycle's hybrids that are of their content parent's class, and so were kept."""
        return {} if self.kept is None else {"kept": self.kept}

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint carries."""
        made = self.hybrids
        tensors = None if made is None else {"images": made.images, "labels": made.labels}
        return {"cycle": self.cycle, "hybrids": tensors, "kept": self.kept}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.cycle, self.kept = state_dict["cycle"], state_dict["kept"]
        made = state_dict["hybrids"]
        self.hybrids = None if made is None else ArraySet(made["images"], made["labels"])

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """A resumed epoch, which starts no epoch anew, continues with its own images."""
        self._choose(trainer, pl_module)

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Make hybrids where a cycle begins; choose the images of the epoch."""
        cycle = trainer.current_epoch // self.epochs
        if cycle > self.cycle:
            assert isinstance(pl_module, Training)
            self.hybrids, self.cycle = self._make(pl_module, cycle), cycle
        self._choose(trainer, pl_module)

    def _choose(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        within = trainer.current_epoch % self.epochs / self.epochs
        images = self.images
        if self.hybrids is not None and self.window[0] <= within < self.window[1]:
            images = images + self.hybrids
        loader = getattr(module, "train_loader", None)
        if not isinstance(loader, TwoStreamLoader):
            raise ContentmixError("training in cycles needs a labelled and an unlabelled stream")
        loader.labelled = self.labelled(images, trainer.global_rank, trainer.world_size, module.device)

    @torch.no_grad()
    def _make(self, module: Training, cycle: int) -> ArraySet:
        """Hybrids of the labelled images in unlabelled contexts, those of another class replaced by their content parents."""
        network = module.evaluated
        assert isinstance(network, Samosa)
        draws = keyed_generator(self.seed, "hybrids", cycle)
        content = torch.arange(len(self.images)).repeat(self.copies)
        context = torch.randint(len(self.others), (len(content),), generator=draws)
        device = module.device
        normalise = Normalise(self.source.mean, self.source.std, device)
        mean, std = (
            torch.tensor(values, device=device).view(-1, 1, 1) for values in (self.source.mean, self.source.std)
        )
        was_training = network.training
        network.eval()
        made, kept = [], 0
        for ours, theirs in zip(content.split(BATCH), context.split(BATCH), strict=True):
            parents = normalise(self.images.images[ours].to(device))
            others = normalise(self.others.images[theirs].to(device))
            images, hybrid = network.hybridise_in_class(parents, others, self.images.labels[ours].to(device))
            made.append((255 * (images * std + mean)).round().clamp(0, 255).to(torch.uint8).cpu())
            kept += int(hybrid.sum())
        network.train(was_training)
        self.kept = kept / len(content)
        return ArraySet(torch.cat(made), self.images.labels[content])
