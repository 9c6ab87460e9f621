"""AdaIN's auto-encoder beside a classifier (Huang and Belongie 2017; the baseline of table 2.5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from contentmix.batch import Batch
from contentmix.data import BatchPlan
from contentmix.devices import sent
from contentmix.errors import require
from contentmix.hybrids import AdaINAutoEncoder, frozen, moments, record_inputs, record_outputs, restyle
from contentmix.networks import input_size, kept_statistics
from contentmix.training.mean_teacher import MeanTeacher
from contentmix.training.method import Losses, Method, Step
from contentmix.training.optimisation import Part
from contentmix.training.supervised import Supervised


@dataclass(frozen=True)
class AdaINTraining(Method):
    """The loss of ``base``, and that of a decoder: images are rebuilt, restyled ones have the content and style that they should.

    Only the decoder learns from its terms: the classifier's features are their measure.

    Args:
        base: how the classifier is trained.
        reconstruction: weight of ``|g(f(x)) - x|^2``, a mean over entries.
        content: weight of ``|f(x_h) - adain(f(x), f(x'))|^2`` (the paper: 1).
        style: weight of the distances of means and deviations of three layers (the paper: 10).
    """

    base: Supervised | MeanTeacher
    reconstruction: float = 1.0
    content: float = 1.0
    style: float = 10.0

    def __post_init__(self) -> None:
        for name in ("reconstruction", "content", "style"):
            require(
                getattr(self, name) >= 0, f"{name} is {getattr(self, name)}: the weight of a loss cannot be negative"
            )

    @property
    def parts(self) -> tuple[Part, ...]:
        """The decoder has Adam, as in the paper, at a rate for runs that are shorter."""
        return (Part(("decoder",), 1e-3, "adam", 0.0),)

    def plan(self, batch_size: int) -> BatchPlan:
        """That of the base."""
        require(batch_size >= 2, f"batch_size is {batch_size}: hybrids have two parents, choose 2 or more")
        return self.base.plan(batch_size)

    def build(self, backbone: nn.Module, num_classes: int) -> AdaINAutoEncoder:
        """The classifier of the base, and the decoder."""
        channels, _ = input_size(backbone)
        return AdaINAutoEncoder(self.base.build(backbone, num_classes), in_channels=channels)

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Losses:
        """The base's terms, and the decoder's on all images that the classifier was shown."""
        assert isinstance(network, AdaINAutoEncoder)
        backbone, average = network.backbone, step.average
        step_of_base = replace(step, average=average.classifier if isinstance(average, AdaINAutoEncoder) else None)
        with (
            record_inputs(backbone) as shown,
            record_outputs(backbone.conv1) as first,
            record_outputs(backbone.stage1) as second,
            record_outputs(backbone.stage2) as third,
        ):
            found = self.base.loss(network.classifier, batch, step_of_base)
        losses = found if isinstance(found, Losses) else Losses({"supervised": found})
        images = torch.cat(shown)
        layers = [torch.cat(maps).detach().float() for maps in (first, second, third)]
        drawn = torch.randperm(len(images), generator=step.generator("partners", per_rank=True))
        order = sent(drawn, images.device)
        wanted = restyle(layers[-1], *(moment[order] for moment in moments(layers[-1])))
        rebuilt, hybrids = network.decoder(torch.cat([layers[-1], wanted])).chunk(2)
        with frozen(network.classifier), kept_statistics(network):
            seen = [maps.float() for maps in network.layers(hybrids)]
        style = [self._style(made, maps, order) for made, maps in zip(seen, layers, strict=True)]
        terms = {
            "reconstruction": self.reconstruction * functional.mse_loss(rebuilt, images),
            "content": self.content * functional.mse_loss(seen[-1], wanted),
            "style": self.style * torch.stack(style).sum(),
        }
        return replace(losses, terms={**losses.terms, **terms})

    @staticmethod
    def _style(made: Tensor, maps: Tensor, order: Tensor) -> Tensor:
        pairs = zip(moments(made), moments(maps), strict=True)
        return torch.stack([functional.mse_loss(mine, theirs[order]) for mine, theirs in pairs]).sum()
