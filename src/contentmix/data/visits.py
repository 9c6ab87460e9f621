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


def visits(images: int, plan: BatchPlan, seed: int, start: int, steps: int | None) -> Iterator[Tensor]:
    """The different images of each step from ``start`` to the end of its epoch.

    Args:
        images: how many there are.
        plan: how many a step takes.
        seed: of the order.
        start: the first step.
        steps: in an epoch; passes over the images then follow one another without a gap. None makes each pass an epoch, and
            the few images that do not fill a batch wait for the next.
    """
    if steps is None:
        order = epoch_order(images, seed, start // plan.steps_per_epoch(images))
        for step in range(start % plan.steps_per_epoch(images), plan.steps_per_epoch(images)):
            yield order[step * plan.unique :][: plan.unique]
        return
    epoch, seen = divmod(start * plan.unique, images)
    waiting = epoch_order(images, seed, epoch)[seen:]
    for _ in range(start % steps, steps):
        while len(waiting) < plan.unique:
            epoch += 1
            waiting = torch.cat([waiting, epoch_order(images, seed, epoch)])
        yield waiting[: plan.unique]
        waiting = waiting[plan.unique :]
