"""Learning from few labels with several subnetworks of one network: MixMo, which section 3.3.7 of the thesis calls orthogonal.

What teaches is what the members say together of a plain image that all of them see, as in inference; what is taught are their
heads, each on its own of several mixed images, weighed by its ratio as in eq. 3.1. Every term is a sum over members.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from contentmix.batch import Batch, Mixture
from contentmix.data import BatchPlan, member_order
from contentmix.devices import sent
from contentmix.errors import UsageError, require
from contentmix.losses import (
    agreed_labels,
    logit_distance,
    member_loss,
    probability_distance,
    soft_cross_entropy,
    weighted,
)
from contentmix.mixing import soft_targets
from contentmix.networks import kept_statistics
from contentmix.subnetworks import MemberGroups
from contentmix.training.fixmatch import FixMatch
from contentmix.training.inputs import mixed_inputs
from contentmix.training.mean_teacher import MeanTeacher
from contentmix.training.method import Losses, Method, Step
from contentmix.training.multi_input import MultiInput
from contentmix.training.streams import accuracy, unlabelled_views


@dataclass(frozen=True, slots=True)
class Inputs:
    """What members see of a view of the unlabelled images.

    Attributes:
        images: (b, m, c, h, w)
        mixture: of them
        order: (b, m) int64, which image of the view each is
    """

    images: Tensor
    mixture: Mixture
    order: Tensor


@dataclass(frozen=True)
class _WithMembers(Method):
    """What the methods share.

    Args:
        base: what is learnt from one input; its options hold.
        inputs: how inputs are mixed, and their losses weighed; each image comes once in a batch.
    """

    base: MeanTeacher | FixMatch
    inputs: MultiInput

    def __post_init__(self) -> None:
        require(
            self.inputs.repetition == 1,
            f"repetition is {self.inputs.repetition}: few labelled images are seen often enough, choose 1",
        )

    def plan(self, batch_size: int) -> BatchPlan:
        """That of the base, whose labelled images each member sees in an order of its own."""
        return replace(self.base.plan(batch_size), members=self.inputs.members)

    def _known(self, network: nn.Module, batch: Batch, step: Step) -> tuple[Tensor, Tensor, Mixture]:
        """Labelled images (b, m, c, h, w), their targets (b, m, k), and how they are mixed."""
        size = (batch.images.shape[-2], batch.images.shape[-1])
        mixture = self.inputs.draw(batch, network.mixing_size(size), step)  # type: ignore[operator]
        return *mixed_inputs(batch, "none", self.inputs.label_smoothing, step), mixture

    def _mixed(self, network: nn.Module, view: Tensor, batch: Batch, step: Step) -> Inputs:
        """The images (b, c, h, w) of a view of the unlabelled part of a batch, which each member sees in an order of its own."""
        generator = step.generator("unlabelled members", per_rank=True)
        order = member_order(BatchPlan(len(view), members=self.inputs.members), generator)
        order = sent(order, view.device)
        size = network.mixing_size((view.shape[-2], view.shape[-1]))  # type: ignore[operator]
        return Inputs(view[order], self.inputs.draw(batch, size, step, "unlabelled mixture"), order)


@dataclass(frozen=True)
class FixMatchMembers(_WithMembers):
    """FixMatch with several subnetworks: what the ensemble is sure of, and its members agree on, teaches each of them.

    ``sum_i w_r(kappa_i) CE(d_i, y_i)`` of mixed labelled images, and ``w sum_i w_r(kappa_i) s_i CE(d_i, q_i)`` of mixed strong
    views, whose pseudo-label q is the class of the mean of all members' probabilities for the weak view. It is sure, s = 1, where
    that mean reaches the threshold and, with ``agreement``, where every member would choose the class.

    Args:
        base: FixMatch.
        inputs: of the members.
        agreement: whether members must agree.
    """

    base: FixMatch
    agreement: bool = True

    def build(self, backbone: nn.Module, num_classes: int) -> MemberGroups:
        """The backbone with an encoder and a head for each member."""
        return MemberGroups(backbone, num_classes, self.inputs.members)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The two terms; no gradient reaches the pseudo-labels."""
        unlabelled, (weak, strong) = unlabelled_views(batch)
        images, targets, mixture = self._known(network, batch, step)
        mixed = self._mixed(network, strong, unlabelled, step)
        groups = [(images, mixture), (weak, None), (mixed.images, mixed.mixture)]
        labelled, said, taught = network(groups, self.base.batch_norm)
        guesses, sure, agreed = agreed_labels(said, self.base.threshold, self.agreement)
        # An image that is not sure has a target of zeros, and so a loss of zero.
        teach = soft_targets(guesses, step.classes) * sure[:, None]
        r, every = self.inputs.r, torch.full_like(guesses[0], len(guesses))
        return Losses(
            {
                "supervised": member_loss(
                    labelled, targets, mixture.ratios, r, weighted(soft_cross_entropy, step.weights)
                ),
                "pseudo_label": self.base.weight * member_loss(taught, teach[mixed.order], mixed.mixture.ratios, r),
            },
            {
                "over_threshold": (sure.sum(), every),
                "agreement": (agreed.sum(), every),
                "pseudo_label_accuracy": accuracy(guesses, unlabelled.labels[:, 0], among=sure),
            },
        )


@dataclass(frozen=True)
class MeanTeacherMembers(_WithMembers):
    """Mean Teacher with several subnetworks: each is consistent with what all of them, averaged over time, say of its image.

    ``sum_i w_r(kappa_i) CE(d_i, y_i)`` of mixed labelled images, ``w_c sum_i w_r(kappa_i) |softmax(d'_i) - q_i|^2`` of mixed
    unlabelled ones, with the mean probabilities q of the teacher's members for another view of the image, and of both
    ``w_d sum_i |d_i - d'_i|^2``. Every member has a class head d and a consistency head d'.

    Args:
        base: Mean Teacher.
        inputs: of the members.
    """

    base: MeanTeacher

    def build(self, backbone: nn.Module, num_classes: int) -> MemberGroups:
        """The backbone with an encoder and two heads for each member."""
        return MemberGroups(backbone, num_classes, self.inputs.members, heads=2)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The three terms; no gradient reaches the teacher."""
        unlabelled, views = unlabelled_views(batch)
        if step.average is None:
            raise UsageError("mean-teacher has no teacher: give an ema_decay")
        with torch.no_grad(), kept_statistics(step.average):
            taught: Tensor = step.average.predict(views[1]).float().softmax(-1).mean(1)  # type: ignore[operator]
        images, targets, mixture = self._known(network, batch, step)
        mixed = self._mixed(network, views[0], unlabelled, step)
        logits = network([(images, mixture), (mixed.images, mixed.mixture)], self.base.batch_norm)
        (labelled, _), (_, student) = (each.chunk(2, 1) for each in logits)
        heads, r = torch.cat(logits).chunk(2, 1), self.inputs.r
        pulled = member_loss(student, taught[mixed.order], mixed.mixture.ratios, r, probability_distance)
        return Losses(
            {
                "supervised": member_loss(
                    labelled, targets, mixture.ratios, r, weighted(soft_cross_entropy, step.weights)
                ),
                "consistency": self.base.consistency * pulled,
                "head_distance": self.base.head_distance * logit_distance(*heads).sum(1).mean(),
            },
            {"pseudo_label_accuracy": accuracy(taught.argmax(-1), unlabelled.labels[:, 0])},
        )
