"""SciMix: a classifier learns from hybrids of a finished generator, beside any method (thesis section 2.4.2, algorithm A.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.batch import Batch, Colors
from contentmix.choices import Exploitation, Hybrids
from contentmix.devices import sent
from contentmix.errors import require
from contentmix.losses import contradict_loss
from contentmix.mixing import Dirichlet, Mixer, Rectangle, mix_images, permuted_partners
from contentmix.networks import kept_statistics
from contentmix.training.fixmatch import FixMatch
from contentmix.training.mean_teacher import MeanTeacher
from contentmix.training.method import Losses, Predictions, Step
from contentmix.training.supervised import Supervised
from contentmix.training.with_generator import WithGenerator, hybrids_of

MIXERS = {"mixup": Mixer(Dirichlet(1.0)), "cutmix": Mixer(Dirichlet(1.0), Rectangle())}
# Shares of training in which hybrids are learnt from (A.1.2): epochs 50 to 150 of 300, 100 to 200 of 1000.
WINDOWS = {MeanTeacher: (50 / 300, 150 / 300), FixMatch: (100 / 1000, 200 / 1000), Supervised: (50 / 300, 150 / 300)}


@dataclass(frozen=True)
class Parents:
    """Images that hybrids are made of, and what is known of them.

    Attributes:
        images: (b, c, h, w), as the classifier learns from them
        colors: of them; None where they are plain
        labels: (b',) int64 of the first of them; the labels of the others are not known
        targets: (b, k), the logits that the hybrids' predictions are held against
    """

    images: Tensor
    colors: Colors | None
    labels: Tensor
    targets: Tensor


@dataclass(frozen=True)
class SciMixClassifier(WithGenerator):
    """The loss of ``base`` plus one on hybrids of its batch (eq. 2.13).

    Args:
        base: Mean Teacher, FixMatch, or supervised training.
        augmentation: makes the hybrids; None where they are mixtures, or nothing is trained.
        hybrids: of the generator, or mixtures of the same images by MixUp or CutMix (table 2.6).
        exploitation: hybrids match both parents (contradict), their content parent (consistency) or its pseudo-label, or they
            are labelled, where their content parent is (table A.15).
        alpha: share of the content parent in what hybrids match.
        weight: of the loss on hybrids (thesis A.1.2: 1).
        hybrid_batches: batches of hybrids of each step (thesis A.1.2: 3).
        hybrid_batch: images of each, drawn from all of the step's; None is all of them (section 2.4.2, algorithm A.5).
        window: shares of training between which hybrids are learnt from; None is that of the base.
    """

    base: MeanTeacher | FixMatch | Supervised
    hybrids: Hybrids = "generator"
    exploitation: Exploitation = "contradict"
    alpha: float = 0.9
    weight: float = 1.0
    hybrid_batches: int = 3
    hybrid_batch: int | None = None
    window: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        require(self.weight >= 0, f"weight is {self.weight}: the weight of a loss cannot be negative")
        require(
            0.5 < self.alpha <= 1,
            f"alpha is {self.alpha}: hybrids are mostly of their content parent's class, (0.5, 1]",
        )
        require(self.hybrid_batches >= 1, f"hybrid_batches is {self.hybrid_batches}: it must be 1 or more")
        require(
            self.hybrid_batch is None or self.hybrid_batch >= 2,
            f"hybrid_batch is {self.hybrid_batch}: hybrids have two parents, choose 2 or more",
        )
        first, last = self.between
        require(
            0 <= first <= last <= 1, f"the window is {first} to {last}: shares of training in [0, 1], in this order"
        )
        require(
            self.hybrids == "generator" or self.exploitation == "contradict",
            f"exploitation is {self.exploitation}: mixtures show both parents, and match both (contradict)",
        )

    @property
    def between(self) -> tuple[float, float]:
        """The window."""
        return WINDOWS[type(self.base)] if self.window is None else self.window

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The base's terms and, within the window, that of the hybrids."""
        base = self.base
        losses = (base.learn if isinstance(base, Supervised) else base.loss)(network, batch, step)
        first, last = self.between
        if not first <= step.progress < last:
            return losses
        parents = self._parents(network, batch, losses.predictions, step)
        if self.hybrids == "generator":
            term = self._on_hybrids(network, parents, step)
        else:
            term = self._on_mixtures(network, parents, step)
        return replace(losses, terms={**losses.terms, "hybrids": self.weight * term})

    def _parents(self, network: nn.Module, batch: Batch, known: Predictions, step: Step) -> Parents:
        """Images of the batch, the labelled ones first, and what the teacher, or the network itself, says of them.

        Unlabelled images are in the view that the base has predicted: no image is predicted twice.
        """
        labels, targets = batch.labels[:, 0], known.labelled
        if targets is None:
            teacher = step.average if isinstance(self.base, MeanTeacher) and step.average is not None else network
            with torch.no_grad(), kept_statistics(teacher):
                targets = teacher(batch.images[:, 0])[:, 0].float()
        streams = [(batch, 0)]
        if batch.unlabelled is not None:
            assert known.unlabelled is not None
            streams.append((batch.unlabelled, known.view))
            targets = torch.cat([targets, known.unlabelled])
        count = len(targets)
        chosen = torch.randperm(count, generator=step.generator("parents", per_rank=True))[: self.hybrid_batch or count]
        # Those with a label come first: where only they are content parents (labeled) all of them, any image is a context.
        some = torch.arange(len(labels)) if self.exploitation == "labeled" else chosen[chosen < len(labels)]
        rows = sent(torch.cat([some, chosen[chosen >= len(labels)]]), labels.device)

        def of(tensor: Callable[[Any], Tensor]) -> Tensor:
            return torch.cat([tensor(stream)[:, view] for stream, view in streams])[rows]

        colors = None
        if batch.colors is not None:
            colors = Colors(*(of(attrgetter(f"colors.{name}")) for name in ("plain", "gain", "shift")))
        return Parents(of(attrgetter("images")), colors, labels[rows[: len(some)]], targets[rows])

    def _predict(self, network: nn.Module, images: Tensor) -> Tensor:
        """Logits (b, k); the running statistics stay those of images that exist."""
        with kept_statistics(network):
            logits: Tensor = network(images)[:, 0]
        return logits.float()

    def _on_hybrids(self, network: nn.Module, parents: Parents, step: Step) -> Tensor:
        count, targets = len(parents.images), parents.targets
        draws = step.generator("hybrids", per_rank=True)
        orders = torch.stack([torch.randperm(count, generator=draws) for _ in range(self.hybrid_batches)])
        if self.exploitation == "labeled":
            orders = orders[:, : len(parents.labels)]
        assert self.augmentation is not None
        hybrids = hybrids_of(self.augmentation, parents.images, parents.colors, orders)
        logits = self._predict(network, hybrids.flatten(0, 1))
        content = torch.arange(orders.shape[1], device=logits.device).repeat(len(orders))
        if self.exploitation == "labeled":
            return functional.cross_entropy(logits, parents.labels[content])
        if self.exploitation == "pseudo-label":
            guessed = targets[len(parents.labels) :].argmax(1)
            return functional.cross_entropy(logits, torch.cat([parents.labels, guessed])[content])
        alpha = 1.0 if self.exploitation == "consistency" else self.alpha
        context = sent(orders.flatten(), logits.device)
        return contradict_loss(logits, targets[content], targets[context], alpha).mean()

    def _on_mixtures(self, network: nn.Module, parents: Parents, step: Step) -> Tensor:
        images, targets = parents.images, parents.targets
        size = (images.shape[-2], images.shape[-1])
        terms = []
        for number in range(self.hybrid_batches):
            draws = step.generator(f"mixtures {number}", per_rank=True)
            mixture = MIXERS[self.hybrids].draw(len(images), 2, size, draws, device=images.device)
            mixture = replace(mixture, partners=permuted_partners(len(images), 2, draws, images.device))
            assert mixture.partners is not None
            logits = self._predict(network, mix_images(images, mixture))
            context = targets[mixture.partners[:, 1]]
            terms.append(contradict_loss(logits, targets, context, mixture.ratios[:, 0]).mean())
        return torch.stack(terms).mean()
