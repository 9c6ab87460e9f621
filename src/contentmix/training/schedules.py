"""Learning rates as pure functions of the step, so that a resumed run needs no memory of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from contentmix.choices import Schedule
from contentmix.errors import require


@dataclass(frozen=True)
class LearningRate:
    """The factor on the base learning rate at each training step.

    Args:
        schedule: ``step`` multiplies by ``gamma`` at each milestone, ``cosine`` falls to 0, ``constant`` stays.
        milestones: epochs at which ``step`` decays (thesis, CIFAR: 100, 200, 225 of 300).
        gamma: the decay at a milestone (thesis: 0.1).
        warmup_epochs: epochs of linear rise from 0 (thesis, WRN on CIFAR: 1).
        epochs: the epoch at which ``cosine`` reaches 0.
        cycle: epochs after which the schedule begins again (SAMOSA); None for never.
    """

    schedule: Schedule
    epochs: float
    milestones: tuple[float, ...] = ()
    gamma: float = 0.1
    warmup_epochs: float = 0.0
    cycle: int | None = None

    def __post_init__(self) -> None:
        require(self.gamma > 0, f"gamma is {self.gamma}: the decay at a milestone is positive")
        require(self.warmup_epochs >= 0, f"warmup_epochs is {self.warmup_epochs}: it cannot be negative")

    def factor(self, step: int, steps_per_epoch: int) -> float:
        """The factor at ``step`` (from 0); during warm-up it is ``(step + 1) / warm-up steps``."""
        if self.cycle is not None:
            step %= self.cycle * steps_per_epoch
        epoch = step / steps_per_epoch
        warmup_steps = self.warmup_epochs * steps_per_epoch
        rise = min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
        if self.schedule == "step":
            return rise * self.gamma ** sum(epoch >= milestone for milestone in self.milestones)
        if self.schedule == "cosine":
            return rise * 0.5 * (1 + math.cos(math.pi * min(1.0, epoch / self.epochs)))
        return rise
