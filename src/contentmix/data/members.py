"""How batches are composed: repetition of images, and which member sees which (A.1.3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from contentmix.errors import require

View = Literal["weak", "strong"]


@dataclass(frozen=True)
class BatchPlan:
    """The composition of every training batch.

    Args:
        batch_size: positions of the global batch.
        members: images at each position, one per member.
        repetition: appearances b of each image in a batch, whose size stays: an epoch has b times more steps.
        input_repetition: share of the positions at which all members see the same image (MIMO's rho).
        augmentations: appearances of each image in a batch that grows as many times (batch augmentation).
        partner_prob: probability for a member image to get a partner from the whole training set, for pixel mixing.
        views: augmentations under which each image is seen, side by side in place of members: weak ones are shifted and
            flipped, strong ones distorted as well.
        unlabelled: the composition of the second stream, for methods that learn from unlabelled images.
        balanced: an epoch shows all classes equally often, not all images (``class_order``).
        parts: into how many parts a process's batch falls, one for each member of a network: it has an image or more for each.
    """

    batch_size: int
    members: int = 1
    repetition: int = 1
    input_repetition: float = 0.0
    augmentations: int = 1
    partner_prob: float = 0.0
    views: tuple[View, ...] = ("weak",)
    unlabelled: BatchPlan | None = None
    balanced: bool = False
    parts: int = 1

    def __post_init__(self) -> None:
        require(self.batch_size >= 1, f"batch_size is {self.batch_size}: it must be 1 or more")
        require(self.members >= 1, f"members is {self.members}: it must be 1 or more")
        require(self.repetition >= 1, f"batch_repetition is {self.repetition}: it must be 1 or more")
        require(self.augmentations >= 1, f"batch_augmentations is {self.augmentations}: it must be 1 or more")
        require(
            self.batch_size % self.repetition == 0,
            f"batch_size is {self.batch_size} and batch_repetition {self.repetition}: the batch must hold each image that often",
        )
        require(
            0 <= self.input_repetition <= 1, f"input_repetition is {self.input_repetition}: choose a share in [0, 1]"
        )
        require(self.members == 1 or len(self.views) == 1, "a batch has several members or several views, not both")
        require(0 <= self.partner_prob <= 1, f"partner_prob is {self.partner_prob}: a probability is in [0, 1]")

    @property
    def unique(self) -> int:
        """Different images in a batch."""
        return self.batch_size // self.repetition

    @property
    def positions(self) -> int:
        """Positions of a batch, augmentations included."""
        return self.batch_size * self.augmentations

    @property
    def copies(self) -> int:
        """Augmented copies of each different image in a batch."""
        return self.repetition * self.augmentations * len(self.views)

    def steps_per_epoch(self, images: int) -> int:
        """Batches in one pass over ``images`` images; the few that do not fill a batch wait for the next pass."""
        require(
            images >= self.unique,
            f"batch_size is {self.batch_size} ({self.unique} different images), but there are {images} training images: "
            f"choose {images * self.repetition} or less",
        )
        return images // self.unique


def member_order(plan: BatchPlan, generator: torch.Generator) -> Tensor:
    """Which position of the batch each member sees: (b, m) int64, every member its own permutation.

    At the last ``input_repetition`` of the positions all members see the same image. With several views, the copies of an
    image stand side by side instead.
    """
    if len(plan.views) > 1:
        return torch.arange(len(plan.views) * plan.positions).view(len(plan.views), plan.positions).T
    first = torch.randperm(plan.positions, generator=generator)
    free = plan.positions - round(plan.input_repetition * plan.positions)
    columns = [first]
    for _ in range(plan.members - 1):
        shuffled = first[:free][torch.randperm(free, generator=generator)]
        columns.append(torch.cat([shuffled, first[free:]]))
    return torch.stack(columns, 1)
