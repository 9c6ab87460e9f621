"""What of a network is pretrained: timm's part of it, but for the classifier, which is another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from timm.optim import param_groups_layer_decay
from torch import nn

from contentmix.errors import UsageError


@dataclass(frozen=True)
class Trunk:
    """The pretrained part of a network. What stands beside it is new: heads, encoders of several inputs, what attributes tokens.

    Args:
        module: of timm, or named as timm's.
    """

    module: nn.Module

    def _classifiers(self) -> list[nn.Module]:
        found = self.module.get_classifier()  # type: ignore[operator]
        return list(found) if isinstance(found, tuple) else [found]

    def parameters(self) -> list[nn.Parameter]:
        """Those that have been trained."""
        new = {id(p) for classifier in self._classifiers() for p in classifier.parameters()}
        return [p for p in self.module.parameters() if id(p) not in new]

    def groups(self, weight_decay: float, layer_decay: float) -> list[dict[str, Any]]:
        """timm's groups of these parameters, by layer and by whether they are decayed, with the ``lr_scale`` of each.

        The last layer below the classifier has the scale ``layer_decay``, each layer below it ``layer_decay`` times that (Bao et
        al. 2021, BEiT).
        """
        kept = self.module.no_weight_decay() if hasattr(self.module, "no_weight_decay") else set()  # type: ignore[operator]
        groups = param_groups_layer_decay(self.module, weight_decay, no_weight_decay_list=kept, layer_decay=layer_decay)
        own = {id(p) for p in self.parameters()}
        # Without its classifier timm's highest layer is the one below.
        gone = 1.0 if len(own) < len(list(self.module.parameters())) else layer_decay
        return [
            {**group, "lr_scale": gone * group["lr_scale"], "params": params}
            for group in groups
            if (params := [p for p in group["params"] if id(p) in own])
        ]

    def statistics(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Mean and deviation of each channel, of images in [0, 1], that it was trained with; ImageNet's, if not said."""
        said = getattr(self.module, "pretrained_cfg", None) or {}
        return tuple(said.get("mean", IMAGENET_DEFAULT_MEAN)), tuple(said.get("std", IMAGENET_DEFAULT_STD))

    def freeze(self) -> None:
        """Its parameters ask for no gradients from here on."""
        for parameter in self.parameters():
            parameter.requires_grad_(False)


def trunk_of(network: nn.Module) -> Trunk:
    """The pretrained part of ``network``.

    Raises:
        UsageError: nothing of it is timm's, or is grouped as timm's is.
    """
    for module in network.modules():
        if hasattr(module, "group_matcher"):
            return Trunk(module)
    raise UsageError(f"nothing of {type(network).__name__} is timm's, whose layers are known: leave out --pretrained")
