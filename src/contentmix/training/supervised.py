"""Supervised training of a plain network, with any mixing sample data augmentation (thesis chapter 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.choices import Partner
from contentmix.data import BatchPlan
from contentmix.errors import kind_of, require
from contentmix.losses import Criterion, soft_cross_entropy, weighted
from contentmix.mixing import ImageMix, ManifoldMixUp, Mix, soft_targets
from contentmix.subnetworks import MemberNetwork, SingleInput
from contentmix.training.method import Losses, Method, Predictions, Step


@dataclass(frozen=True)
class Supervised(Method):
    """One input, one head, soft-target cross-entropy.

    Args:
        mix: a mix of images (``mixup(...)``, one of one's own), or ``ManifoldMixUp``; None trains on plain images.
        augmentations: appearances m of each image in the batch, which grows m-fold (batch augmentation; 10 in Mixup BA).
        label_smoothing: share of the target spread over all classes where nothing is mixed (a mix smooths its own).
        criterion: logits (b, k) and soft targets (b, k) to losses (b,), or to their mean.
        partners: what images are mixed with: others of their batch, which is mixed whole or not at all with the mix's
            probability; or images of the whole training set, with that probability for each image (the thesis's published code).
        members: makes a network of several members of a backbone, in place; None is an ensemble of one. Each learns from the
            images that it sees, the loss being the mean over all.
        batch_parts: how many members see a part of a process's batch each; 1 where every one sees all of it.
    """

    mix: Mix | ManifoldMixUp | None = None
    augmentations: int = 1
    label_smoothing: float = 0.0
    partners: Partner = "batch"
    criterion: Criterion = soft_cross_entropy
    members: Callable[[nn.Module], MemberNetwork] | None = None
    batch_parts: int = 1

    def __post_init__(self) -> None:
        require(
            self.partners == "batch" or isinstance(self.mix, ImageMix),
            f"partners is {self.partners}: only images that are mixed by masks have partners from the whole set",
        )
        require(
            self.mix is None or (callable(self.mix) and not isinstance(self.mix, type)),
            f"mix is {kind_of(self.mix)}: give one that is called with images and labels, such as contentmix.cutmix(10)",
        )
        require(0 <= self.label_smoothing < 1, f"label_smoothing is {self.label_smoothing}: choose it in [0, 1)")

    @property
    def replayable(self) -> bool:
        """Whether nothing is mixed within the network, where each step would do something else."""
        return not isinstance(self.mix, ManifoldMixUp)

    def plan(self, batch_size: int) -> BatchPlan:
        """Batches of ``batch_size`` images, each appearing ``augmentations`` times."""
        apart = self.mix.prob if self.partners == "set" and isinstance(self.mix, ImageMix) else 0.0
        return BatchPlan(batch_size, augmentations=self.augmentations, partner_prob=apart, parts=self.batch_parts)

    def build(self, backbone: nn.Module, num_classes: int) -> SingleInput | MemberNetwork:
        """The backbone itself, predicting as an ensemble of one, or one of several members made of it."""
        return SingleInput(backbone) if self.members is None else self.members(backbone)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor:
        """Mean cross-entropy against the mixed target ``sum_i kappa_i y_i``."""
        return self.learn(network, batch, step).terms["supervised"]

    def learn(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The same as a term, with the predictions of images that nothing is mixed into."""
        images, labels = batch.images[:, 0], batch.labels[:, 0]
        generator = step.generator("mixture", per_rank=True)
        if self.mix is None:
            targets, logits = soft_targets(labels, step.classes, self.label_smoothing), network(images)
        elif isinstance(self.mix, ManifoldMixUp):
            logits, targets = self.mix(network, images, labels, generator=generator)
        elif isinstance(self.mix, ImageMix) and batch.partners is not None:
            images, targets = self.mix.with_partners(images, labels, batch.partners, generator=generator)
            logits = network(images)
        else:
            mixed = self.mix(images, labels, generator=generator)
            require(
                isinstance(mixed, tuple) and len(mixed) == 2,
                f"the mix returned {kind_of(mixed)}: it must return images and soft targets",
            )
            images, targets = mixed
            logits = network(images)
        predictions = Predictions(logits[:, 0].detach().float()) if self.mix is None else Predictions()
        criterion, each = weighted(self.criterion, step.weights), targets.repeat_interleave(logits.shape[1], 0)
        return Losses({"supervised": criterion(logits.flatten(0, 1), each).mean()}, predictions=predictions)
