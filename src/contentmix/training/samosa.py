"""SAMOSA: a classifier, and a decoder that learns beside it to draw its maps as another image is drawn (thesis section 2.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.batch import Batch
from contentmix.data import BatchPlan
from contentmix.devices import sent
from contentmix.errors import require
from contentmix.hybrids import Samosa, record_inputs, record_outputs
from contentmix.networks import fresh_copy, input_size, kept_statistics
from contentmix.training.cycles import HybridCycles
from contentmix.training.fixmatch import FixMatch
from contentmix.training.mean_teacher import MeanTeacher
from contentmix.training.method import Loaders, Losses, Method, Step
from contentmix.training.mixmatch import MixMatch
from contentmix.training.optimisation import Part


@dataclass(frozen=True)
class SamosaTraining(Method):
    """The loss of ``base`` and ``w |D(E_c(x), E_r(x)) - x|^2 + v |E_c'(x) - D_0(E_c(x))|^2`` (eq. 2.7), means over entries.

    The first trains ``E_r`` and ``D`` alone; the second, which pulls the features before the last convolution of ``E_c`` towards
    the decoder's first layer, trains ``E_c`` alone.

    Args:
        base: Mean Teacher, MixMatch or FixMatch.
        reconstruction: w (thesis A.1.1: 0.25).
        regularisation: v (thesis A.1.1: 0.5 on CIFAR, 0.1 on SVHN and MNIST-M).
        cycles: trainings in a row, the learning rate begins anew in each; hybrids of the labelled images, made after one, are
            labelled images of the next (algorithm A.1; with MixMatch hybrids are made in its batches instead).
        copies: hybrids of each labelled image.
        window: shares of a cycle, with MixMatch of training, between which hybrids are learnt from.
        prob: probability for a batch of MixMatch to have hybrids in place of MixUp (algorithm A.2).
        lr: learning rate of ``E_r`` and ``D``, by SGD; None is the run's.
    """

    base: MeanTeacher | MixMatch | FixMatch
    reconstruction: float = 0.25
    regularisation: float = 0.5
    cycles: int = 3
    copies: int = 10
    window: tuple[float, float] = (150 / 300, 250 / 300)
    prob: float = 0.2
    lr: float | None = None

    def __post_init__(self) -> None:
        for name in ("reconstruction", "regularisation"):
            require(
                getattr(self, name) >= 0, f"{name} is {getattr(self, name)}: the weight of a loss cannot be negative"
            )
        for name in ("cycles", "copies"):
            require(getattr(self, name) >= 1, f"{name} is {getattr(self, name)}: it must be 1 or more")
        first, last = self.window
        require(
            0 <= first <= last <= 1, f"the window is {first} to {last}: shares of training in [0, 1], in this order"
        )
        require(0 <= self.prob <= 1, f"prob is {self.prob}: a probability is in [0, 1]")
        require(
            self.cycles == 1 or not isinstance(self.base, MixMatch),
            f"cycles is {self.cycles}: with mixmatch hybrids are made in its batches, choose 1",
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """The secondary optimiser (A.1.1); beside MixMatch's AdamW it is that of Mean Teacher."""
        if isinstance(self.base, MixMatch):
            return (Part(("residual", "decoder"), self.lr or 0.2, "sgd", 5e-4, cosine=950 / 900),)
        return (Part(("residual", "decoder"), self.lr),)

    @property
    def training_cycles(self) -> int:
        """The cycles."""
        return self.cycles

    def plan(self, batch_size: int) -> BatchPlan:
        """That of the base."""
        require(batch_size >= 2, f"batch_size is {batch_size}: hybrids have two parents, choose 2 or more")
        return self.base.plan(batch_size)

    def build(self, backbone: nn.Module, num_classes: int) -> Samosa:
        """The classifier of the base, the context's encoder, and the decoder."""
        channels, size = input_size(backbone)
        residual = fresh_copy(backbone)
        return Samosa(self.base.build(backbone, num_classes), residual, image_size=size, in_channels=channels)

    def callbacks(self, loaders: Loaders, epochs: int, seed: int) -> list[pl.Callback]:
        """What makes the hybrids between cycles of ``epochs`` epochs."""
        if self.cycles == 1:
            return []
        assert loaders.source is not None
        assert loaders.labelled is not None
        return [
            HybridCycles(
                loaders.source, loaders.labelled, epochs=epochs, window=self.window, copies=self.copies, seed=seed
            )
        ]

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The base's terms, and the two of the auto-encoder on all images that the classifier was shown."""
        assert isinstance(network, Samosa)
        average = step.average.classifier if isinstance(step.average, Samosa) else None
        if not (self.reconstruction or self.regularisation):
            # The baseline of table 2.1: the same cycles, with nothing beside the base.
            return self._base_loss(network, batch, replace(step, average=average))
        backbone = network.backbone
        before_last = backbone.stage3[-1].conv1  # the last convolution is conv2 of this block
        assert isinstance(before_last, nn.Module)
        with (
            record_inputs(backbone) as shown,
            record_outputs(backbone.stage3) as maps,
            record_outputs(before_last) as features,
        ):
            losses = self._base_loss(network, batch, replace(step, average=average))
        images = torch.cat(shown)
        first, drawn = network.decoder.maps(torch.cat(maps).detach())
        rebuilt = network.decoder.draw(drawn, network.context(images))
        # Of the decoder's size, which theirs is with the thesis's network.
        early = functional.adaptive_avg_pool2d(torch.cat(features), (first.shape[-2], first.shape[-1]))
        terms = {
            "reconstruction": self.reconstruction * (rebuilt - images).square().mean(),
            "regularisation": self.regularisation * (early - first.detach()).square().mean(),
        }
        return replace(losses, terms={**losses.terms, **terms})

    def _base_loss(self, network: Samosa, batch: Batch, step: Step) -> Losses:
        if not isinstance(self.base, MixMatch):
            return self.base.loss(network.classifier, batch, step)
        first, last = self.window
        chance = float(torch.rand((), generator=step.generator("hybrids instead of MixUp")))
        if not (first <= step.progress < last and chance < self.prob):
            return self.base.loss(network.classifier, batch, step)

        kept: list[Tensor] = []

        def mix(images: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
            others = sent(torch.randperm(len(images), generator=generator), images.device)
            with torch.no_grad(), kept_statistics(network):
                hybrids, are_hybrids = network.hybridise_in_class(images, images[others], targets.argmax(1))
            kept.append(are_hybrids)
            return hybrids, targets

        losses = self.base.loss(network.classifier, batch, step, mix)
        count = kept[0].sum(), torch.full_like(kept[0][0], len(kept[0]), dtype=torch.int64)
        return replace(losses, shares={**losses.shares, "kept": count})
