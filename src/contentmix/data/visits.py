"""Which process sees which images at which step: a function of the seed and the step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from contentmix.batch import Batch
from contentmix.data.members import BatchPlan
from contentmix.errors import require
from contentmix.keys import keyed_generator


@dataclass(frozen=True)
class Place:
    """One process among those that share each global batch, and the device it computes on."""

    rank: int = 0
    processes: int = 1
    device: torch.device = torch.device("cpu")

    def rows(self, positions: int) -> slice:
        """This process's part of ``positions`` positions."""
        require(
            positions % self.processes == 0,
            f"batch_size gives {positions} positions, which {self.processes} processes cannot share evenly",
        )
        share = positions // self.processes
        return slice(self.rank * share, (self.rank + 1) * share)


class StepLoader(Protocol):
    """A loader that begins at ``start_step`` and ends with its epoch."""

    start_step: int

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Batch]: ...


def epoch_order(images: int, seed: int, epoch: int) -> Tensor:
    """The order (n,) in which ``images`` images are visited in ``epoch``, the same for all processes."""
    return torch.randperm(images, generator=keyed_generator(seed, "order", epoch))


def class_order(labels: Tensor, seed: int, epoch: int) -> Tensor:
    """An order (n,) of as many visits as there are ``labels`` (n,), in which all classes come equally often.

    Each of the k classes has n / k visits, whole ones; the visits that are left over go to classes that every epoch draws anew.
    The images of a class take turns: none comes twice more than another.
    """
    generator = keyed_generator(seed, "order", epoch)
    classes = labels.unique()
    each, over = divmod(len(labels), len(classes))
    counts = torch.full((len(classes),), each)
    counts[torch.randperm(len(classes), generator=generator)[:over]] += 1
    chosen = []
    for label, count in zip(classes.tolist(), counts.tolist(), strict=True):
        members = (labels == label).nonzero()[:, 0]
        turns = [torch.randperm(len(members), generator=generator) for _ in range(-(-count // len(members)))]
        chosen.append(members[torch.cat(turns)[:count]])
    return torch.cat(chosen)[torch.randperm(len(labels), generator=generator)]


def visits(labels: Tensor, plan: BatchPlan, seed: int, start: int, steps: int | None) -> Iterator[Tensor]:
    """The different images of each step from ``start`` to the end of its epoch; of a ``balanced`` plan some come again.

    Args:
        labels: (n,) of all images.
        plan: how many a step takes.
        seed: of the order.
        start: the first step.
        steps: in an epoch; passes over the images then follow one another without a gap. None makes each pass an epoch, and
            the few images that do not fill a batch wait for the next.
    """
    images = len(labels)

    def order_of(epoch: int) -> Tensor:
        return class_order(labels, seed, epoch) if plan.balanced else epoch_order(images, seed, epoch)

    if steps is None:
        order = order_of(start // plan.steps_per_epoch(images))
        for step in range(start % plan.steps_per_epoch(images), plan.steps_per_epoch(images)):
            yield order[step * plan.unique :][: plan.unique]
        return
    epoch, seen = divmod(start * plan.unique, images)
    waiting = order_of(epoch)[seen:]
    for _ in range(start % steps, steps):
        while len(waiting) < plan.unique:
            epoch += 1
            waiting = torch.cat([waiting, order_of(epoch)])
        yield waiting[: plan.unique]
        waiting = waiting[plan.unique :]
