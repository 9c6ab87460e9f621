"""How weights are updated: one optimiser, or one for each part of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from timm.optim import param_groups_weight_decay
from torch import nn
from torch.optim import Optimizer

from contentmix.choices import OptimizerName
from contentmix.errors import require
from contentmix.training.fine_tuning import FineTuning
from contentmix.training.schedules import LearningRate


@dataclass(frozen=True)
class Optimisation:
    """How weights are updated.

    Args:
        lr: base learning rate; ``schedule`` scales it at every step.
        schedule: the factor over time.
        optimizer: ``sgd`` (Nesterov), ``adamw``, or ``adam`` with the betas (0, 0.99) of StyleGAN2's generators.
        momentum: of SGD (thesis: 0.9).
        weight_decay: in PyTorch's convention (thesis: l2 3e-4 of the plain sum of squares = 6e-4), on all parameters; of
            a network that names some in ``no_weight_decay``, as transformers do, not on those, nor on biases and normalisation.
        grad_clip: largest gradient norm, None leaves gradients alone.
        ema_decay: keep an exponential moving average of parameters and buffers (``MovingAverage``) and evaluate it; None
            keeps none.
        ema_start: share of the updates after which that begins.
        fine_tuning: how pretrained weights are trained beside new ones; None where there are none.
    """

    lr: float
    schedule: LearningRate
    optimizer: OptimizerName = "sgd"
    momentum: float = 0.9
    weight_decay: float = 6e-4
    grad_clip: float | None = None
    ema_decay: float | None = None
    ema_start: float = 0.0
    fine_tuning: FineTuning | None = None

    def __post_init__(self) -> None:
        require(self.lr > 0, f"lr is {self.lr}: a learning rate is positive")
        require(self.weight_decay >= 0, f"weight_decay is {self.weight_decay}: it cannot be negative")
        require(0 <= self.momentum < 1, f"momentum is {self.momentum}: choose it in [0, 1)")
        require(
            self.ema_decay is None or 0 <= self.ema_decay <= 1, f"ema_decay is {self.ema_decay}: choose it in [0, 1]"
        )
        require(self.grad_clip is None or self.grad_clip > 0, f"grad_clip is {self.grad_clip}: a norm is positive")

    def factor(self, step: int, steps_per_epoch: int, *, late: bool = False) -> float:
        """The factor on the learning rate at ``step``, from 0; ``late`` is that of pretrained weights."""
        factor = self.schedule.factor(step, steps_per_epoch)
        if not late or self.fine_tuning is None:
            return factor
        return factor * self.fine_tuning.rise(step, steps_per_epoch, self.schedule.warmup_epochs)

    def build(self, parameters: list[Any], *, fused: bool) -> Optimizer:
        """The optimiser of ``parameters``, a list of them or of groups; ``fused``, or in the fastest other way of the device."""
        kind = True if fused else None
        if self.optimizer == "sgd":
            return torch.optim.SGD(
                parameters, self.lr, self.momentum, weight_decay=self.weight_decay, nesterov=self.momentum > 0, fused=kind
            )  # fmt: skip
        if self.optimizer == "adam":
            return torch.optim.Adam(parameters, self.lr, betas=(0.0, 0.99), weight_decay=self.weight_decay, fused=kind)
        return torch.optim.AdamW(parameters, self.lr, weight_decay=self.weight_decay, fused=kind)


@dataclass(frozen=True)
class Part:
    """A part of a network that is updated in its own way, its gradients clipped by themselves.

    Args:
        modules: names of the network's modules that make it up.
        lr: base learning rate; None is the run's.
        optimizer: None is the run's.
        weight_decay: None is the run's.
        cosine: a cosine that reaches 0 at so many times the length of the run's schedule, in place of that; ``inf`` is a
            constant rate.
        clip: whether the run's limit on the norm of gradients holds here.
    """

    modules: tuple[str, ...]
    lr: float | None = None
    optimizer: OptimizerName | None = None
    weight_decay: float | None = None
    cosine: float | None = None
    clip: bool = True

    def optimisation(self, run: Optimisation) -> Optimisation:
        """How it is updated where the run's way is ``run``."""
        schedule = run.schedule
        if self.cosine is not None:
            schedule = replace(schedule, schedule="cosine", epochs=self.cosine * schedule.epochs)
        return replace(
            run,
            lr=run.lr if self.lr is None else self.lr,
            optimizer=self.optimizer or run.optimizer,
            weight_decay=run.weight_decay if self.weight_decay is None else self.weight_decay,
            schedule=schedule,
            grad_clip=run.grad_clip if self.clip else None,
        )


class PartedOptimizer(Optimizer):
    """Several optimisers of different parameters as one: losses are summed, passed back once, and each makes its update.

    Args:
        optimizers: of parameters that no two share.
        clipped: for each whether its gradients have a largest norm.
    """

    def __init__(self, optimizers: Sequence[Optimizer], clipped: Sequence[bool]) -> None:
        self.optimizers = list(optimizers)
        self.clipped = [each for each, clip in zip(optimizers, clipped, strict=True) if clip]
        super().__init__(self._groups(), {})

    def _groups(self) -> list[dict[str, Any]]:
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """The update of each, after ``closure`` where given."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Those of each."""
        return {"optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue each; groups are shared with them anew."""
        for optimizer, state in zip(self.optimizers, state_dict["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.param_groups = self._groups()


def make_optimizer(
    network: nn.Module, run: Optimisation, parts: Sequence[Part], steps_per_epoch: int, *, fused: bool
) -> tuple[Optimizer, list[Callable[[int], float]]]:
    """The optimiser of ``network``, and the factor on the learning rate of each of its groups at each step.

    Args:
        network: trained; what no part names is updated as ``run`` says.
        run: the run's optimisation.
        parts: updated in ways of their own.
        steps_per_epoch: of the schedules.
        fused: use fused updates.
    """
    named = [[p for name in part.modules for p in network.get_submodule(name).parameters()] for part in parts]
    apart = {id(p) for parameters in named for p in parameters}
    ways = [run, *(part.optimisation(run) for part in parts)]
    shared = [(way, ps) for way, ps in zip(ways, [_groups(network, run, apart), *named], strict=True) if ps]
    optimizers = [way.build(ps, fused=fused) for way, ps in shared]
    factors: list[Callable[[int], float]] = [
        partial(way.factor, steps_per_epoch=steps_per_epoch, late=group.get("late", False))
        for (way, _), optimizer in zip(shared, optimizers, strict=True)
        for group in optimizer.param_groups
    ]
    if len(optimizers) == 1:
        return optimizers[0], factors
    return PartedOptimizer(optimizers, [way.grad_clip is not None for way, _ in shared]), factors


def _groups(network: nn.Module, run: Optimisation, apart: set[int]) -> list[Any]:
    """What the run's optimiser updates, in groups where some parameters are not decayed, or are pretrained."""
    if run.fine_tuning is not None:
        return run.fine_tuning.groups(network, run.lr, run.weight_decay, apart)
    choosy = {name: module for name, module in network.named_modules() if hasattr(module, "no_weight_decay")}
    if not choosy:
        return [p for p in network.parameters() if id(p) not in apart]
    kept = {f"{name}.{own}".lstrip(".") for name, module in choosy.items() for own in module.no_weight_decay()}
    groups: list[Any] = param_groups_weight_decay(network, run.weight_decay, no_weight_decay_list=kept)
    return [{**group, "params": [p for p in group["params"] if id(p) not in apart]} for group in groups]
