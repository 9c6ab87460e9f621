"""How a network with pretrained weights is trained: its layers at rates of their own, after its heads, or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from timm.optim import param_groups_weight_decay
from torch import nn

from contentmix.errors import require
from contentmix.networks import trunk_of


@dataclass(frozen=True)
class FineTuning:
    """What sets pretrained weights apart from new ones.

    Args:
        layer_decay: the factor on the rate from each of timm's layers to the one below it (``Trunk.groups``); 1 is none.
        head_warmup_epochs: so long only new weights learn; then the rate of the others rises from 0 over the run's warm-up, so
            that heads without a meaning do not spoil them (Kumar et al. 2022).
        freeze: pretrained weights and statistics stay as they are; only what is new learns.
    """

    layer_decay: float = 1.0
    head_warmup_epochs: float = 0.0
    freeze: bool = False

    def __post_init__(self) -> None:
        require(0 < self.layer_decay <= 1, f"layer_decay is {self.layer_decay}: choose it in (0, 1]")
        require(self.head_warmup_epochs >= 0, f"head_warmup_epochs is {self.head_warmup_epochs}: it cannot be negative")

    def groups(self, network: nn.Module, lr: float, weight_decay: float, apart: set[int]) -> list[dict[str, Any]]:
        """Groups of what learns in ``network``, but for what is ``apart``: new weights, then pretrained ones as ``late``."""
        trunk = trunk_of(network)
        old = [] if self.freeze else trunk.groups(weight_decay, self.layer_decay)
        pretrained = {id(p) for p in trunk.parameters()}
        groups = [
            *(_without(group, apart | pretrained) for group in param_groups_weight_decay(network, weight_decay)),
            *({**_without(group, apart), "lr": lr * group["lr_scale"], "late": True} for group in old),
        ]
        return [group for group in groups if group["params"]]

    def rise(self, step: int, steps_per_epoch: int, warmup_epochs: float) -> float:
        """The factor on the rate of pretrained weights at ``step``, beside that of the schedule."""
        if not self.head_warmup_epochs:
            return 1.0
        since = step + 1 - self.head_warmup_epochs * steps_per_epoch
        return min(1.0, max(0.0, since / max(1.0, warmup_epochs * steps_per_epoch)))


def _without(group: dict[str, Any], apart: set[int]) -> dict[str, Any]:
    return {**group, "params": [p for p in group["params"] if id(p) not in apart]}
