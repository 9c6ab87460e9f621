"""What a training method is: a plan for its batches, a network, and a loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

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
        average: the exponential moving average of the network, where one is kept
    """

    seed: int
    index: int
    progress: float
    epoch: float
    classes: int
    rank: int = 0
    device: torch.device = torch.device("cpu")
    average: nn.Module | None = None

    def generator(self, purpose: str, *, per_rank: bool = False) -> torch.Generator:
        """The generator of this step's draws for ``purpose``; ``per_rank`` where processes must draw differently."""
        words: tuple[str | int, ...] = (purpose, self.index, *(("rank", self.rank) if per_rank else ()))
        return keyed_generator(self.seed, *words, device=self.device)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Class logits that a step computes anyway, without gradients, of the network that its targets come from.

    Attributes:
        labelled: (b, k) of the labelled images, None where they are not seen by that network
        unlabelled: (b', k) of one view of the unlabelled ones, None where there are none
        view: which
    """

    labelled: Tensor | None = None
    unlabelled: Tensor | None = None
    view: int = 0


@dataclass(frozen=True, slots=True)
class Losses:
    """A loss of several terms, and what was seen on the way.

    Attributes:
        terms: scalars whose sum is the loss, weights included
        shares: scalar counts (of some, of how many), whose sums over an epoch make a share
        predictions: for whoever builds on the method
    """

    terms: Mapping[str, Tensor]
    shares: Mapping[str, tuple[Tensor, Tensor]] = field(default_factory=dict)
    predictions: Predictions = Predictions()

    @property
    def total(self) -> Tensor:
        """The loss."""
        return torch.stack(list(self.terms.values())).sum()

    def sums(self) -> dict[str, Tensor]:
        """(2,) numerators and denominators to add up over steps: of each term's mean, and of each share."""
        terms = {
            f"loss_{name}": torch.stack([term.detach(), torch.ones_like(term)]) for name, term in self.terms.items()
        }
        return {**terms, **{name: torch.stack(list(share)).float() for name, share in self.shares.items()}}


@runtime_checkable
class Method(Protocol):
    """A training method. Frozen and free of state: whatever it draws, it draws from the ``Step`` it is given."""

    def plan(self, batch_size: int) -> BatchPlan:
        """How batches are composed: members, repetitions, partners."""
        ...

    def build(self, backbone: nn.Module, num_classes: int) -> nn.Module:
        """The network to train: ``predict(images (b, c, h, w)) -> logits (b, m, k)`` is its inference."""
        ...

    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor | Losses:
        """The training loss of one batch: a scalar, or its terms."""
        ...
