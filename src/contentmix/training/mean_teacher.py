"""Mean Teacher: consistency with the moving average of the network (Tarvainen and Valpola 2017; thesis sections 2.2.1.1, A.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.data import BatchPlan
from contentmix.errors import UsageError
from contentmix.losses import known_label_loss, logit_distance, probability_distance
from contentmix.networks import forward_groups, kept_statistics
from contentmix.options.mean_teacher import MeanTeacherOptions
from contentmix.subnetworks import TwoHeads
from contentmix.training.method import Losses, Method, Predictions, Step
from contentmix.training.streams import accuracy, unlabelled_views


class MeanTeacher(MeanTeacherOptions, Method):
    """Mean Teacher: consistency with a moving average of the network, on a head of its own (thesis section 2.2.1.1).

    ``CE(class head) + w_c |softmax(consistency head) - teacher's class head|^2 + w_d |class head - consistency head|^2``.

    The teacher, the run's moving average, sees another weak view of each unlabelled image, with the statistics of its batch.

    Each term is a mean over its own images, and consistency weighs as much from the first step. Eq. 2.1, 2.2 and A.1.1 give
    neither a scale of their sums nor a ramp; the code that A.1.1 adapted divides all terms by the whole batch, so that 60 labels
    among 256 images weigh 60 / 256 of ours, matches the teacher on labelled images too, and lets w_c rise for five epochs.

    Its arguments are the fields of ``MeanTeacherOptions``.
    """

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
                "supervised": known_label_loss(labelled[:, 0], batch.labels[:, 0], step.weights),
                "consistency": self.consistency * probability_distance(student[:, 1], targets).mean(),
                "head_distance": self.head_distance * logit_distance(heads[:, 0], heads[:, 1]).mean(),
            },
            {"pseudo_label_accuracy": accuracy(targets.argmax(-1), unlabelled.labels[:, 0])},
            Predictions(unlabelled=taught, view=1),
        )
