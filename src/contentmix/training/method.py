"""What a training method is: a plan for its batches, a network, and a loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from contentmix.batch import Batch
from contentmix.data import BatchPlan, DataSource, ImageSet, StepLoader
from contentmix.errors import UsageError, kind_of, require
from contentmix.keys import keyed_generator
from contentmix.training.alarms import Alarm
from contentmix.training.optimisation import Part


@dataclass(frozen=True)
class Loaders:
    """Makes the loaders once the process knows its place: ``train(rank, processes, device)``, the others likewise.

    Attributes:
        train: the loader of an epoch.
        validation: of the set that checkpoints are selected on.
        labelled: the labelled stream alone, of another set of images: ``labelled(images, rank, processes, device)``.
        source: the data, whose training images are those that are trained on.
        steps: of an epoch.
    """

    train: Callable[[int, int, torch.device], Any]
    validation: Callable[[int, int, torch.device], Any] | None
    labelled: Callable[[ImageSet, int, int, torch.device], StepLoader] | None = None
    source: DataSource | None = None
    steps: int | None = None


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
        average: the exponential moving average of the network, where one is kept
        weights: (k,) of the classes in the loss of known labels, None where all weigh alike
    """

    seed: int
    index: int
    progress: float
    epoch: float
    classes: int
    rank: int = 0
    average: nn.Module | None = None
    weights: Tensor | None = None

    def generator(self, purpose: str, *, per_rank: bool = False) -> torch.Generator:
        """The generator, on the CPU, of this step's draws for ``purpose``; ``per_rank`` where processes must draw differently."""
        words: tuple[str | int, ...] = (purpose, self.index, *(("rank", self.rank) if per_rank else ()))
        return keyed_generator(self.seed, *words)


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

    Raises:
        UsageError: a term is no scalar, or a name no word: they are columns of ``metrics.csv``.
    """

    terms: Mapping[str, Tensor]
    shares: Mapping[str, tuple[Tensor, Tensor]] = field(default_factory=dict)
    predictions: Predictions = Predictions()

    def __post_init__(self) -> None:
        for name in (*self.terms, *self.shares):
            require(name.isidentifier(), f"'{name}' among the losses: a name is one word of letters, digits and _")
        for name, term in self.terms.items():
            check_scalar(f"loss {name}", term)

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


def check_scalar(name: str, value: object) -> None:
    """Raise a ``UsageError`` unless ``value`` is a tensor of one number without dimensions."""
    if not isinstance(value, Tensor) or value.dim() != 0:
        what = f"a tensor {tuple(value.shape)}" if isinstance(value, Tensor) else kind_of(value)
        raise UsageError(f"{name} is {what}: it must be a scalar tensor, as losses.mean() makes one")


class Method(ABC):
    """A training method: all that training asks of one, with what it does where the method does not say.

    Methods are frozen and free of state: whatever one draws, it draws from the ``Step`` it is given. Only the first three have no
    default.
    """

    alarms: ClassVar[tuple[Alarm, ...]] = ()

    @abstractmethod
    def plan(self, batch_size: int) -> BatchPlan:
        """How batches are composed: members, repetitions, views, partners."""

    @abstractmethod
    def build(self, backbone: nn.Module, num_classes: int) -> nn.Module:
        """The network to train: ``predict(images (b, c, h, w)) -> logits (b, m, k)`` is its inference."""

    @abstractmethod
    def loss(self, network: nn.Module, batch: Batch, step: Step) -> Tensor | Losses:
        """The training loss of one batch: a scalar, or its terms."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Parts of the network that are updated in ways of their own."""
        return ()

    @property
    def training_cycles(self) -> int:
        """Trainings of the run's epochs in a row, each with the learning rate's schedule anew."""
        return 1

    @property
    def replayable(self) -> bool:
        """Whether a step is one pass of the network with gradients, of which its arguments say all: CUDA graphs may replay it."""
        return False

    @property
    def needs_init(self) -> bool:
        """Whether it can only begin with the weights of another run."""
        return False

    def begin(self, network: nn.Module, data: DataSource) -> None:
        """Put into a new ``network`` what it begins with: nothing, or what travels with its weights from then on."""
        return

    def check(self, data: DataSource) -> None:
        """Raise a ``UsageError`` where it cannot learn from ``data``."""
        return

    def callbacks(self, loaders: Loaders, epochs: int, seed: int) -> list[pl.Callback]:
        """Callbacks of its own, for cycles of ``epochs`` epochs."""
        return []
