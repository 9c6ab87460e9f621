"""What a training method is: a plan for its batches, a network, and a loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.data import BatchPlan
from contentmix.keys import keyed_generator


@dataclass(frozen=True, slots=True)
class Step:
    """Where training stands, and the source of every draw that a method makes for one step.

    Attributes:
        seed: the run's seed
        index: global training step, from 0
        progress: share of the training done, in [0, 1)
        epoch: passes over the training set done, with the part of the one that is under way
        classes: number of classes k
        rank: this process among those that share the global batch
        device: where draws are made
    """

    seed: int
    index: int
    progress: float
    epoch: float
    classes: int
    rank: int = 0
    device: torch.device = torch.device("cpu")

    def generator(self, purpose: str, *, per_rank: bool = False) -> torch.Generator:
        """The generator of this step's draws for ``purpose``; ``per_rank`` where processes must draw differently."""
        words: tuple[str | int, ...] = (purpose, self.index, *(("rank", self.rank) if per_rank else ()))
        return keyed_generator(self.seed, *words, device=self.device)


class Method(Protocol):
    """A training method. Frozen and free of state: whatever it draws, it draws from the ``Step`` it is given."""

    def plan(self, batch_size: int) -> BatchPlan:
        """How batches are composed: members, repetitions, partners."""
        ...

    def build(self, backbone: nn.Module, num_classes: int) -> nn.Module:
        """The network to train: ``predict(images (b, c, h, w)) -> logits (b, m, k)`` is its inference."""
        ...

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor:
        """The scalar training loss of one batch."""
        ...
