"""MixViT: a vision transformer trained on patches of several inputs (thesis chapter 4, A.1.5)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.batch import Batch, Mixture
from contentmix.data import BatchPlan
from contentmix.losses import soft_cross_entropy
from contentmix.mixing import (
    Collage,
    Dirichlet,
    Rectangle,
    binary_probability,
    majority,
    one_source,
)
from contentmix.mixing.mixer import happens
from contentmix.options.mixvit import MixViTOptions
from contentmix.subnetworks import MixViTNetwork
from contentmix.training.inputs import mixed_inputs
from contentmix.training.method import Method, Step


class MixViT(MixViTOptions, Method):
    """MixViT: patches of M inputs mixed into one, subnetworks that part in the last blocks (thesis chapter 4).

    Over the last twelfth of training, masks that show one input only come with a probability that grows from 0 to 1.

    Its arguments are the fields of ``MixViTOptions``.
    """

    @property
    def replayable(self) -> bool:
        """A step is one pass, which the mixture is given to."""
        return True

    def plan(self, batch_size: int) -> BatchPlan:
        """Batches of ``batch_size`` images, each ``batch_augmentations`` times, with one image per member."""
        return BatchPlan(batch_size, members=self.members, augmentations=self.batch_augmentations)

    def build(self, backbone: nn.Module, num_classes: int) -> MixViTNetwork:
        """The backbone with source attribution and a head per member."""
        return MixViTNetwork(
            backbone,
            num_classes,
            members=self.members,
            attribution=self.attribution,
            place=self.place,
            all_tokens=self.all_tokens,
            inference=self.inference or ("together" if self.all_tokens else "separate"),
            class_blocks=self.class_blocks,
        )

    def draw(
        self,
        size: int,
        image_size: tuple[int, int],
        grid: tuple[int, int],
        step: Step,
        device: torch.device | None = None,
    ) -> Mixture:
        """Which input each patch of a ``grid`` shows, for ``size`` samples: by the majority of its pixels, or one for all."""
        generator = step.generator("mixture")
        if happens(1 - binary_probability(1.0, step.progress), generator):
            return one_source(size, self.members, generator, device)
        collage = Collage(Dirichlet(0.5 if self.alpha is None else self.alpha), Rectangle())
        drawn = collage.draw(size, self.members, image_size, generator, device)
        return majority(drawn, grid, generator)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor:
        """``mean_b sum_i kappa_i CE(p_i, y_i)`` (eq. 4.4), the ratios kappa counted in patches."""
        images, targets = mixed_inputs(batch, self.mix, self.label_smoothing, step)
        if self.all_tokens:
            return soft_cross_entropy(network(images), targets, step.weights).mean()
        size = batch.global_size or len(images)
        pixels = (images.shape[-2], images.shape[-1])
        grid = network.grid(pixels)  # type: ignore[operator]
        mixture = self.draw(size, pixels, grid, step, images.device)[batch.rows]
        logits = network(images, mixture)
        return (mixture.ratios * soft_cross_entropy(logits, targets, step.weights)).sum(1).mean()
