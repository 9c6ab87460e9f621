"""Mean Teacher: consistency with the moving average of the network (Tarvainen and Valpola 2017; thesis sections 2.2.1.1, A.1)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.data import BatchPlan
from contentmix.errors import UsageError, require
from contentmix.losses import logit_distance, probability_distance
from contentmix.networks import BatchNormMode, forward_groups, kept_statistics
from contentmix.subnetworks import TwoHeads
from contentmix.training.method import Losses, Predictions, Step
from contentmix.training.streams import accuracy, unlabelled_views


@dataclass(frozen=True)
class MeanTeacher:
    """Mean Teacher: consistency with a moving average of the network, on a head of its own (thesis section 2.2.1.1).

    ``CE(class head) + w_c |softmax(consistency head) - teacher's class head|^2 + w_d |class head - consistency head|^2``.

    The teacher, the run's moving average, sees another weak view of each unlabelled image, with the statistics of its batch.

    Each term is a mean over its own images, and consistency weighs as much from the first step. Eq. 2.1, 2.2 and A.1.1 give
    neither a scale of their sums nor a ramp; the code that A.1.1 adapted divides all terms by the whole batch, so that 60 labels
    among 256 images weigh 60 / 256 of ours, matches the teacher on labelled images too, and lets w_c rise for five epochs.

    Args:
        consistency: Weight w_c of the consistency of unlabelled images (thesis A.1.1: 300).
        head_distance: Weight w_d of the distance between the logits of the two heads, on all images (thesis A.1.1: 0.01).
        unlabelled_batch: Unlabelled images of a batch; batch_size counts the labelled ones (thesis A.1.2: 196 and 60;
            64 and 20 on small data).
        batch_norm: Which images share batch statistics: all (joint), equal shares of labelled and unlabelled ones
            (interleaved), or each group by itself (separate).
    """

    consistency: float = 300.0
    head_distance: float = 0.01
    unlabelled_batch: int = 196
    batch_norm: BatchNormMode = "joint"

    def __post_init__(self) -> None:
        for name in ("consistency", "head_distance"):
            value = getattr(self, name)
            require(value >= 0, f"{name} is {value}: the weight of a loss cannot be negative")

    def plan(self, batch_size: int) -> BatchPlan:
        """Labelled images, and two weak views of unlabelled ones: the student's and the teacher's."""
        return BatchPlan(batch_size, unlabelled=BatchPlan(self.unlabelled_batch, views=("weak", "weak")))

    def build(self, backbone: nn.Module, num_classes: int) -> TwoHeads:
        """The backbone with a class head and a consistency head."""
        return TwoHeads(backbone, num_classes)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The three terms; no gradient reaches the teacher."""
        unlabelled, views = unlabelled_views(batch)
        if step.average is None:
            raise UsageError("mean-teacher has no teacher: give an ema_decay")
        with torch.no_grad(), kept_statistics(step.average):
            taught: Tensor = step.average(views[1])[:, 0].float()
        targets = taught.softmax(-1)
        labelled, student = forward_groups(network, (batch.images[:, 0], views[0]), self.batch_norm)
        heads = torch.cat([labelled, student])
        return Losses(
            {
                "supervised": nn.functional.cross_entropy(labelled[:, 0].float(), batch.labels[:, 0]),
                "consistency": self.consistency * probability_distance(student[:, 1], targets).mean(),
                "head_distance": self.head_distance * logit_distance(heads[:, 0], heads[:, 1]).mean(),
            },
            {"pseudo_label_accuracy": accuracy(targets.argmax(-1), unlabelled.labels[:, 0])},
            Predictions(unlabelled=taught, view=1),
        )
