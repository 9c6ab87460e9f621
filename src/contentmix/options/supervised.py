"""Options of supervised training."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from contentmix.errors import require
from contentmix.mixing import (
    ManifoldMixUp,
    cowmix,
    cutmix,
    cutmix_mixup,
    fmix,
    horizontal_concat,
    mixup,
    patchup,
    resizemix,
    vertical_concat,
)
from contentmix.training import Supervised

Mix = Literal[
    "none", "mixup", "cutmix", "cutmix-mixup", "horizontal-concat", "vertical-concat", "patchup", "fmix", "cowmix", "resizemix",
    "manifold-mixup",
]  # fmt: skip
_MIXES: dict[str, Callable[..., Any]] = {
    "mixup": mixup,
    "cutmix": cutmix,
    "cutmix-mixup": cutmix_mixup,
    "horizontal-concat": horizontal_concat,
    "vertical-concat": vertical_concat,
    "patchup": patchup,
    "fmix": fmix,
    "cowmix": cowmix,
    "resizemix": resizemix,
    "manifold-mixup": ManifoldMixUp,
}


@dataclass(frozen=True, kw_only=True)
class SupervisedOptions:
    """One network, one input: the baseline, with any mixing sample data augmentation (thesis chapter 1).

    Args:
        mix: How images are mixed.
        alpha: Concentration of the Beta law of the ratio (default: that of the mix's paper; resizemix has none).
        prob: Probability for a batch to be mixed (default: that of the mix's paper).
        per_batch: One ratio for the whole batch instead of one per image (not for resizemix).
        batch_augmentations: Appearances of each image in a batch, which grows that many times (Mixup BA: 10).
        label_smoothing: Share of the target spread over all classes.
    """

    mix: Mix = "none"
    alpha: float | None = None
    prob: float | None = None
    per_batch: bool = False
    batch_augmentations: int = 1
    label_smoothing: float = 0.0

    def build(self, classes: int) -> Supervised:
        """The method for ``classes`` classes; a ``UsageError`` where an option would do nothing."""
        given = {"alpha": self.alpha, "prob": self.prob, "per_batch": self.per_batch or None}
        chosen = {name: value for name, value in given.items() if value is not None}
        if self.mix == "none":
            require(not chosen, f"{', '.join(chosen)} without a mix does nothing: choose a mix, or leave it out")
            return Supervised(augmentations=self.batch_augmentations, label_smoothing=self.label_smoothing)
        builder = _MIXES[self.mix]
        surplus = sorted(set(chosen) - set(inspect.signature(builder).parameters))
        require(not surplus, f"{', '.join(surplus)} is no option of {self.mix}")
        mix = builder(num_classes=classes, smoothing=self.label_smoothing, **chosen)
        return Supervised(mix, self.batch_augmentations)
