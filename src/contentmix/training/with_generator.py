"""Methods that learn from hybrids of a finished generator, upon another method."""

from __future__ import annotations

from dataclasses import dataclass

import pytorch_lightning as pl
from torch import Tensor, nn

from contentmix.batch import Colors
from contentmix.data import BatchPlan, DataSource
from contentmix.devices import sent
from contentmix.errors import require
from contentmix.hybrids import HybridAugmentation
from contentmix.training.method import Loaders, Method


class BringGenerator(pl.Callback):
    """No step waits until the generator, whose hybrids may come late, is on the device."""

    def __init__(self, augmentation: HybridAugmentation) -> None:
        self._augmentation = augmentation

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Bring it there."""
        self._augmentation.to(module.device)


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
class WithGenerator(Method):
    """``base`` with hybrids: batches, network and callbacks are those of the base.

    Args:
        base: the method that hybrids come to.
        augmentation: makes them; None where nothing is trained, or none are made.
    """

    base: Method
    augmentation: HybridAugmentation | None

    def check(self, data: DataSource) -> None:
        """Raise a ``UsageError`` where the generator is for other images than ``data``'s, or the base cannot learn from these."""
        made_for = None if self.augmentation is None else self.augmentation.inputs
        for name in ("classes", "channels", "image_size", "mean", "std") if made_for is not None else ():
            require(
                getattr(made_for, name) == getattr(data, name),
                f"the generator was trained with {name} {getattr(made_for, name)}, {data.name} has {getattr(data, name)}: "
                "train one on the same data",
            )
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
