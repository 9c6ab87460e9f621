"""FixMatch: pseudo-labels of weak views teach strong ones (Sohn et al. 2020; thesis section 2.2.1.2)."""

from __future__ import annotations

import torch
from torch import nn

from contentmix.batch import Batch
from contentmix.data import BatchPlan
from contentmix.losses import known_label_loss, pseudo_label_loss
from contentmix.networks import forward_groups
from contentmix.options.fixmatch import FixMatchOptions
from contentmix.subnetworks import SingleInput
from contentmix.training.method import Losses, Method, Predictions, Step
from contentmix.training.streams import accuracy, unlabelled_views


class FixMatch(FixMatchOptions, Method):
    """FixMatch: sure pseudo-labels of weak views teach strong ones (Sohn et al. 2020; thesis section 2.2.1.2).

    ``CE(labelled) + w mean_u 1[max p_weak >= threshold] CE(strong, argmax p_weak)`` (thesis eq. 2.3, 2.4).

    Its arguments are the fields of ``FixMatchOptions``.
    """

    def plan(self, batch_size: int) -> BatchPlan:
        """Labelled images, and a weak and a strong view of unlabelled ones."""
        return BatchPlan(batch_size, unlabelled=BatchPlan(self.unlabelled_batch, views=("weak", "strong")))

    def build(self, backbone: nn.Module, num_classes: int) -> SingleInput:
        """The backbone itself."""
        return SingleInput(backbone)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The two terms; no gradient reaches the pseudo-labels."""
        unlabelled, views = unlabelled_views(batch)
        groups = (batch.images[:, 0], *views)
        labelled, weak, strong = forward_groups(lambda x: network(x)[:, 0], groups, self.batch_norm)
        losses, guesses, sure = pseudo_label_loss(strong, weak, self.threshold)
        return Losses(
            {
                "supervised": known_label_loss(labelled, batch.labels[:, 0], step.weights),
                "pseudo_label": self.weight * losses.mean(),
            },
            {
                "over_threshold": (sure.sum(), torch.full_like(guesses[0], len(sure))),
                "pseudo_label_accuracy": accuracy(guesses, unlabelled.labels[:, 0], among=sure),
            },
            Predictions(labelled.detach().float(), weak.detach().float()),
        )
