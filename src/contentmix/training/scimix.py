"""SciMix: a classifier learns from hybrids of a finished generator, beside any method (thesis section 2.4.2, algorithm A.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.batch import Batch
from contentmix.choices import Exploitation, Hybrids
from contentmix.data import BatchPlan, DataSource
from contentmix.errors import UsageError, require
from contentmix.hybrids import HybridAugmentation
from contentmix.losses import contradict_loss
from contentmix.mixing import Dirichlet, Mixer, Rectangle, mix_images, permuted_partners
from contentmix.networks import kept_statistics
from contentmix.training.fixmatch import FixMatch
from contentmix.training.mean_teacher import MeanTeacher
from contentmix.training.method import Losses, Method, Step
from contentmix.training.supervised import Supervised

MIXERS = {"mixup": Mixer(Dirichlet(1.0)), "cutmix": Mixer(Dirichlet(1.0), Rectangle())}
# Shares of training in which hybrids are learnt from (A.1.2): epochs 50 to 150 of 300, 100 to 200 of 1000.
WINDOWS = {MeanTeacher: (50 / 300, 150 / 300), FixMatch: (100 / 1000, 200 / 1000), Supervised: (50 / 300, 150 / 300)}


@dataclass(frozen=True)
class Parents:
    """Images that hybrids are made of, and what is known of them.

    Attributes:
        images: (b, c, h, w), of which the first ``labelled`` are labelled
        labels: (b,) int64, those of the labelled ones and -1
        targets: (b, k), the logits that the hybrids' predictions are held against
    """

    images: Tensor
    labels: Tensor
    targets: Tensor


@dataclass(frozen=True)
class SciMixClassifier(Method):
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
        hybrid_batch: images of each, drawn from all of the step's; None is as many as there are labelled ones.
        window: shares of training between which hybrids are learnt from; None is that of the base.
    """

    base: MeanTeacher | FixMatch | Supervised
    augmentation: HybridAugmentation | None
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

    def check(self, data: DataSource) -> None:
        """Raise a ``UsageError`` where the generator is for other images than ``data``'s."""
        made_for = None if self.augmentation is None else self.augmentation.inputs
        for name in ("classes", "channels", "image_size", "mean", "std"):
            if made_for is not None and getattr(made_for, name) != getattr(data, name):
                raise UsageError(
                    f"the generator was trained with {name} {getattr(made_for, name)}, {data.name} has {getattr(data, name)}: "
                    "train one on the same data"
                )

    def plan(self, batch_size: int) -> BatchPlan:
        """That of the base."""
        return self.base.plan(batch_size)

    def build(self, backbone: nn.Module, num_classes: int) -> nn.Module:
        """The network of the base."""
        return self.base.build(backbone, num_classes)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The base's terms and, within the window, that of the hybrids."""
        base: Method = self.base
        found = base.loss(network, batch, step)
        losses = found if isinstance(found, Losses) else Losses({"supervised": found})
        first, last = self.between
        if not first <= step.progress < last:
            return losses
        parents = self._parents(network, batch, step)
        if self.hybrids == "generator":
            term = self._on_hybrids(network, parents, step)
        else:
            term = self._on_mixtures(network, parents, step)
        return replace(losses, terms={**losses.terms, "hybrids": self.weight * term})

    def _parents(self, network: nn.Module, batch: Batch, step: Step) -> Parents:
        """Some of the images of the batch, and what the teacher, or the network itself, says of them."""
        images, labels = batch.images[:, 0], batch.labels[:, 0]
        count = self.hybrid_batch or len(images)
        if batch.unlabelled is not None:
            others = batch.unlabelled.images[:, 0]
            images, labels = torch.cat([images, others]), torch.cat([labels, labels.new_full((len(others),), -1)])
        draws = step.generator("parents", per_rank=True)
        chosen = torch.randperm(len(images), generator=draws)[:count].to(images.device)
        if self.exploitation == "labeled":
            # Content parents are the labelled ones; any image is a context.
            chosen = torch.cat([(labels >= 0).nonzero()[:, 0], chosen])
        images, labels = images[chosen], labels[chosen]
        teacher = step.average if isinstance(self.base, MeanTeacher) and step.average is not None else network
        with torch.no_grad(), kept_statistics(teacher):
            targets: Tensor = teacher(images)[:, 0].float()
        return Parents(images, labels, targets)

    def _predict(self, network: nn.Module, images: Tensor) -> Tensor:
        """Logits (b, k); the running statistics stay those of images that exist."""
        with kept_statistics(network):
            logits: Tensor = network(images)[:, 0]
        return logits.float()

    def _on_hybrids(self, network: nn.Module, parents: Parents, step: Step) -> Tensor:
        assert self.augmentation is not None
        count = len(parents.images)
        draws = step.generator("hybrids", per_rank=True)
        orders = torch.stack([torch.randperm(count, generator=draws) for _ in range(self.hybrid_batches)])
        hybrids = self.augmentation.batches(parents.images, orders)
        content = torch.arange(count, device=hybrids.device).expand(len(orders), count)
        if self.exploitation == "labeled":
            known = (parents.labels >= 0).nonzero()[:, 0]
            hybrids, content, orders = hybrids[:, known], content[:, known], orders[:, known.to(orders.device)]
        logits = self._predict(network, hybrids.flatten(0, 1))
        content, context = content.flatten(), orders.flatten().to(hybrids.device)
        targets = parents.targets
        if self.exploitation == "labeled":
            return functional.cross_entropy(logits, parents.labels[content])
        if self.exploitation == "pseudo-label":
            labels = torch.where(parents.labels >= 0, parents.labels, targets.argmax(1))
            return functional.cross_entropy(logits, labels[content])
        alpha = 1.0 if self.exploitation == "consistency" else self.alpha
        return contradict_loss(logits, targets[content], targets[context], alpha).mean()

    def _on_mixtures(self, network: nn.Module, parents: Parents, step: Step) -> Tensor:
        images, targets = parents.images, parents.targets
        size = (images.shape[-2], images.shape[-1])
        terms = []
        for number in range(self.hybrid_batches):
            draws = step.generator(f"mixtures {number}", per_rank=True)
            mixture = MIXERS[self.hybrids].draw(len(images), 2, size, draws)
            mixture = replace(mixture, partners=permuted_partners(len(images), 2, draws))
            assert mixture.partners is not None
            logits = self._predict(network, mix_images(images, mixture))
            context = targets[mixture.partners[:, 1]]
            terms.append(contradict_loss(logits, targets, context, mixture.ratios[:, 0]).mean())
        return torch.stack(terms).mean()
