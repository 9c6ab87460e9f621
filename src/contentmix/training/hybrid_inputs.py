"""Hybrids of a finished generator as inputs of a method: one image in the context of another, in place of both mixed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from contentmix.batch import Batch, Colors
from contentmix.errors import UsageError, require
from contentmix.mixing.mixer import happens
from contentmix.training.method import Losses, Step
from contentmix.training.with_generator import WithGenerator, hybrids_of


@dataclass(frozen=True)
class HybridInputs(WithGenerator):
    """``base``, whose batches are, some of them, hybrids of their images.

    Every image, of every member, is put into the context of another one of its batch, and keeps its label: hybrids are of the
    class of their content (section 2.4; "labeled" in table A.15). So they stand wherever images do: alone, or as what members
    of MixMo mix, in place of pixel CutMix.

    Args:
        base: learns from the hybrids as from any images; it has a network of its own, which the generator knows nothing of.
        augmentation: makes them; None where nothing is trained.
        prob: probability for a batch to be of hybrids, all of it.
    """

    prob: float = 0.5

    def __post_init__(self) -> None:
        require(0 <= self.prob <= 1, f"prob is {self.prob}: a probability is in [0, 1]")

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor | Losses:
        """That of the base, on the batch or on hybrids of it."""
        if not happens(self.prob, step.generator("whether hybrids")):
            return self.base.loss(network, batch, step)
        return self.base.loss(network, self.hybrid(batch, step), step)

    def hybrid(self, batch: Batch, step: Step) -> Batch:
        """``batch`` with hybrids in place of its images, their labels as they are."""
        if self.augmentation is None:
            raise UsageError("hybrids are made by a generator: give the method one to train with")
        images, colors = batch.images.flatten(0, 1), batch.colors
        if colors is not None:
            colors = Colors(*(each.flatten(0, 1) for each in (colors.plain, colors.gain, colors.shift)))
        order = torch.randperm(len(images), generator=step.generator("hybrid inputs", per_rank=True))
        made = hybrids_of(self.augmentation, images, colors, order[None])[0].to(images.dtype)
        return replace(batch, images=made.view_as(batch.images), colors=None)
