"""MixViT: a vision transformer trained on patches of several inputs (thesis chapter 4, A.1.5)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from contentmix.batch import Batch, Mixture
from contentmix.data import BatchPlan
from contentmix.errors import require
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
from contentmix.subnetworks import Attribution, Inference, MixViTNetwork, Place
from contentmix.training.inputs import InputMix, mixed_inputs
from contentmix.training.method import Step


@dataclass(frozen=True, kw_only=True)
class MixViT:
    """MixViT: patches of M inputs mixed into one, subnetworks that part in the last blocks (thesis chapter 4).

    Over the last twelfth of training, masks that show one input only come with a probability that grows from 0 to 1.

    Args:
        members: Inputs and subnetworks M.
        attribution: What tells the tokens of the inputs apart: a source embedding (equation 4.6), a source encoding
            (equation 4.5), or nothing.
        place: Attribution after the feature blocks, or before them (table 4.6).
        all_tokens: Train on the tokens of all inputs side by side instead of mixed ones (table 4.6).
        inference: How an image's tokens are attributed to predict: to each source in turn, to all of them summed, each to a
            random one, to the first only, or to all side by side (table 4.6; default: separate, with all tokens together).
        alpha: Concentration of the Dirichlet law of the ratios, where patches are mixed (default: 0.5, A.1.5).
        mix: How each input is mixed itself (A.1.5: cutmix-mixup, with Beta(1, 1) and Beta(0.8, 0.8)).
        batch_augmentations: Appearances of each image in a batch, which grows that many times (A.1.5: 3).
        label_smoothing: Share of the target spread over all classes (A.1.5: 0.1).
        class_blocks: Last blocks of a plain ViT that become the classifier (default: 2).
    """

    members: int = 2
    attribution: Attribution = "embedding"
    place: Place = "late"
    all_tokens: bool = False
    inference: Inference | None = None
    alpha: float | None = None
    mix: InputMix = "cutmix-mixup"
    batch_augmentations: int = 3
    label_smoothing: float = 0.1
    class_blocks: int | None = None

    def __post_init__(self) -> None:
        require(self.members >= 2, f"members is {self.members}: MixViT needs 2 or more (one input: supervised)")
        require(
            self.alpha is None or self.alpha > 0,
            f"alpha is {self.alpha}: the concentration of a Beta or Dirichlet law is positive",
        )
        require(
            self.class_blocks is None or self.class_blocks >= 1,
            f"class_blocks is {self.class_blocks}: it must be 1 or more",
        )
        require(
            self.alpha is None or not self.all_tokens,
            f"alpha is {self.alpha} and all_tokens on: nothing is mixed then; leave one out",
        )
        require(0 <= self.label_smoothing < 1, f"label_smoothing is {self.label_smoothing}: choose it in [0, 1)")
        require(
            not (self.attribution == "none" and self.place == "early"),
            "place is early and attribution none: there is nothing to be placed; leave one out",
        )

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

    def draw(self, size: int, image_size: tuple[int, int], grid: tuple[int, int], step: Step) -> Mixture:
        """Which input each patch of a ``grid`` shows, for ``size`` samples: by the majority of its pixels, or one for all."""
        generator = step.generator("mixture")
        if happens(1 - binary_probability(1.0, step.progress), generator):
            return one_source(size, self.members, generator)
        collage = Collage(Dirichlet(0.5 if self.alpha is None else self.alpha), Rectangle())
        return majority(collage.draw(size, self.members, image_size, generator), grid, generator)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor:
        """``mean_b sum_i kappa_i CE(p_i, y_i)`` (eq. 4.4), the ratios kappa counted in patches."""
        images, targets = mixed_inputs(batch, self.mix, self.label_smoothing, step)
        if self.all_tokens:
            return soft_cross_entropy(network(images), targets).mean()
        size = batch.global_size or len(images)
        pixels = (images.shape[-2], images.shape[-1])
        mixture = self.draw(size, pixels, network.grid(pixels), step)[batch.rows]  # type: ignore[operator]
        logits = network(images, mixture)
        return (mixture.ratios * soft_cross_entropy(logits, targets)).sum(1).mean()
