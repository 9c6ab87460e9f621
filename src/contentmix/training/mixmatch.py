"""MixMatch: guessed and sharpened labels, mixed with the known ones (Berthelot et al. 2019; thesis A.1.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.data import BatchPlan
from contentmix.losses import probability_distance, sharpen, soft_cross_entropy
from contentmix.mixing import Dirichlet, LargestFirst, Mixer, mix_images, mix_targets, permuted_partners, soft_targets
from contentmix.networks import forward_groups, kept_statistics
from contentmix.options.mixmatch import MixMatchOptions
from contentmix.subnetworks import SingleInput
from contentmix.training.method import Losses, Method, Step
from contentmix.training.streams import accuracy, unlabelled_views

Mix = Callable[[Tensor, Tensor, torch.Generator], tuple[Tensor, Tensor]]


class MixMatch(MixMatchOptions, Method):
    """MixMatch: guessed and sharpened labels, mixed with the known ones (Berthelot et al. 2019; thesis A.1.1).

    ``CE(mixed labelled) + w |softmax(mixed unlabelled) - mixed guesses|^2``.

    Its arguments are the fields of ``MixMatchOptions``.
    """

    @property
    def mixer(self) -> Mixer:
        """Draws the ratios of MixUp."""
        return Mixer(LargestFirst(Dirichlet(self.alpha)))

    def plan(self, batch_size: int) -> BatchPlan:
        """Labelled images, and K weak views of unlabelled ones."""
        views = BatchPlan(self.unlabelled_batch or batch_size, views=tuple("weak" for _ in range(self.guesses)))
        return BatchPlan(batch_size, unlabelled=views)

    def build(self, backbone: nn.Module, num_classes: int) -> SingleInput:
        """The backbone itself."""
        return SingleInput(backbone)

    def loss(self, network: nn.Module, batch: Batch, step: Step, mix: Mix | None = None) -> Losses:
        """The two terms; no gradient reaches the guesses.

        Args:
            network: trained.
            batch: with K views of unlabelled images.
            step: of training.
            mix: in place of MixUp: images (b, c, h, w), targets (b, k) and a generator to mixed images and targets.
        """
        unlabelled, views = unlabelled_views(batch)
        guess = self.guess(network, views)
        groups = (batch.images[:, 0], *views)
        targets = torch.cat([soft_targets(batch.labels[:, 0], step.classes), *[guess] * len(views)])
        images, targets = (mix or self.mix)(torch.cat(groups), targets, step.generator("mixture", per_rank=True))
        sizes = [len(group) for group in groups]
        logits = forward_groups(lambda x: network(x)[:, 0], images.split(sizes), self.batch_norm)
        known, guessed = targets[: sizes[0]], targets[sizes[0] :]
        ramp = min(1.0, step.index / self.ramp_steps) if self.ramp_steps else 1.0
        distance = probability_distance(torch.cat(logits[1:]), guessed).mean()
        return Losses(
            {
                "supervised": soft_cross_entropy(logits[0], known, step.weights).mean(),
                "unlabelled": self.weight * ramp * distance,
            },
            {"pseudo_label_accuracy": accuracy(guess.argmax(-1), unlabelled.labels[:, 0])},
        )

    @torch.no_grad()
    def guess(self, network: nn.Module, views: tuple[Tensor, ...]) -> Tensor:
        """Labels (b, k) guessed from the weak views (b, c, h, w): their mean prediction, sharpened."""
        with kept_statistics(network):
            predictions = [network(view)[:, 0].float().softmax(-1) for view in views]
        return sharpen(torch.stack(predictions).mean(0), self.temperature)

    def mix(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Every image (b, c, h, w) with another of the batch, labelled or not, and targets (b, k) alike."""
        height, width = images.shape[-2:]
        mixture = self.mixer.draw(len(images), 2, (height, width), generator, device=images.device)
        mixture = replace(mixture, partners=permuted_partners(len(images), 2, generator, images.device))
        return mix_images(images, mixture), mix_targets(targets, mixture)
