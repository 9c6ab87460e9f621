"""Hybrids of a finished generator as inputs of a method: one image in the context of another, in place of both mixed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from contentmix.batch import Batch, Colors
from contentmix.data import BatchPlan, DataSource
from contentmix.devices import sent
from contentmix.errors import UsageError, require
from contentmix.hybrids import HybridAugmentation
from contentmix.mixing.mixer import happens
from contentmix.training.method import Loaders, Losses, Method, Step


class BringGenerator(pl.Callback):
    """No step waits until the generator, whose hybrids may come late, is on the device."""

    def __init__(self, augmentation: HybridAugmentation) -> None:
        self._augmentation = augmentation

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Bring it there."""
        self._augmentation.to(module.device)


def check_generator(augmentation: HybridAugmentation | None, data: DataSource) -> None:
    """Raise a ``UsageError`` where the generator is for other images than ``data``'s."""
    made_for = None if augmentation is None else augmentation.inputs
    for name in ("classes", "channels", "image_size", "mean", "std"):
        if made_for is not None and getattr(made_for, name) != getattr(data, name):
            raise UsageError(
                f"the generator was trained with {name} {getattr(made_for, name)}, {data.name} has {getattr(data, name)}: "
                "train one on the same data"
            )


def hybrids_of(augmentation: HybridAugmentation, images: Tensor, colors: Colors | None, orders: Tensor) -> Tensor:
    """Hybrids (n, b', c, h, w) of plain images, which the generator knows, in the colours of their contexts.

    Args:
        augmentation: makes them.
        images: (b, c, h, w).
        colors: what made the images of plain ones; None where they are plain.
        orders: (n, b') int64, the contexts of the first b' images in each of n batches.
    """
    if colors is None:
        return augmentation.batches(images, orders)
    rows = sent(orders, colors.gain.device)
    return Colors(augmentation.batches(colors.plain, orders), colors.gain[rows], colors.shift[rows]).images


@dataclass(frozen=True)
class HybridInputs(Method):
    """``base``, whose batches are, some of them, hybrids of their images.

    Every image, of every member, is put into the context of another one of its batch, and keeps its label: hybrids are of the
    class of their content (section 2.4; "labeled" in table A.15). So they stand wherever images do: alone, or as what members
    of MixMo mix, in place of pixel CutMix.

    Args:
        base: learns from the hybrids as from any images; it has a network of its own, which the generator knows nothing of.
        augmentation: makes them; None where nothing is trained.
        prob: probability for a batch to be of hybrids, all of it.
    """

    base: Method
    augmentation: HybridAugmentation | None
    prob: float = 0.5

    def __post_init__(self) -> None:
        require(0 <= self.prob <= 1, f"prob is {self.prob}: a probability is in [0, 1]")

    def check(self, data: DataSource) -> None:
        """Raise a ``UsageError`` where the generator is for other images than ``data``'s, or the base cannot learn from these."""
        check_generator(self.augmentation, data)
        self.base.check(data)

    def plan(self, batch_size: int) -> BatchPlan:
        """That of the base."""
        return self.base.plan(batch_size)

    def build(self, backbone: nn.Module, num_classes: int) -> nn.Module:
        """The network of the base."""
        return self.base.build(backbone, num_classes)

    def callbacks(self, loaders: Loaders, epochs: int, seed: int) -> list[pl.Callback]:
        """Those of the base, and what brings the generator to the device before the first step."""
        bring = [] if self.augmentation is None else [BringGenerator(self.augmentation)]
        return [*self.base.callbacks(loaders, epochs, seed), *bring]

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor | Losses:
        """That of the base, on the batch or on hybrids of it."""
        if not happens(self.prob, step.generator("whether hybrids")):
            return self.base.loss(network, batch, step)
        return self.base.loss(network, self.hybrid(batch, step), step)

    def hybrid(self, batch: Batch, step: Step) -> Batch:
        """``batch`` with hybrids in place of its images, their labels as they are."""
        require(self.augmentation is not None, "hybrids are made by a generator: give the method one to train with")
        assert self.augmentation is not None
        images, colors = batch.images.flatten(0, 1), batch.colors
        if colors is not None:
            colors = Colors(*(each.flatten(0, 1) for each in (colors.plain, colors.gain, colors.shift)))
        order = torch.randperm(len(images), generator=step.generator("hybrid inputs", per_rank=True))
        made = hybrids_of(self.augmentation, images, colors, order[None])[0].to(images.dtype)
        return replace(batch, images=made.view_as(batch.images), colors=None)
