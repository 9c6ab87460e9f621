"""Options of supervised training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, get_args

from contentmix.choices import Mix
from contentmix.options.declared import Concentration, Few, OnlyWith, Options, Share, ShareBelowOne

MIXES = tuple(name for name in get_args(Mix) if name != "none")
WITH_RATIOS = tuple(name for name in MIXES if name != "resizemix")


@dataclass(frozen=True, kw_only=True)
class SupervisedOptions(Options):
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
    alpha: Annotated[Concentration | None, OnlyWith("mix", WITH_RATIOS)] = None
    prob: Annotated[Share | None, OnlyWith("mix", MIXES)] = None
    per_batch: Annotated[bool, OnlyWith("mix", WITH_RATIOS)] = False
    batch_augmentations: Few = 1
    label_smoothing: ShareBelowOne = 0.0

    def of_the_mix(self) -> dict[str, float | bool]:
        """What is said of the mix."""
        said = {"alpha": self.alpha, "prob": self.prob, "per_batch": self.per_batch or None}
        return {name: value for name, value in said.items() if value is not None}
