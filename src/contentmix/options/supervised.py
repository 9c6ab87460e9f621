"""Options of supervised training."""

from __future__ import annotations

from dataclasses import dataclass

from contentmix.choices import Mix
from contentmix.errors import require
from contentmix.options.declared import Count, Options, Positive, Share, ShareBelowOne


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
    alpha: Positive | None = None
    prob: Share | None = None
    per_batch: bool = False
    batch_augmentations: Count = 1
    label_smoothing: ShareBelowOne = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        given = ", ".join(self.of_the_mix())
        require(not given or self.mix != "none", f"{given} without a mix does nothing: choose a mix, or leave it out")
        idle = [name for name in self.of_the_mix() if self.mix == "resizemix" and name != "prob"]
        require(not idle, f"{', '.join(idle)} is no option of resizemix")

    def of_the_mix(self) -> dict[str, float | bool]:
        """What is said of the mix."""
        said = {"alpha": self.alpha, "prob": self.prob, "per_batch": self.per_batch or None}
        return {name: value for name, value in said.items() if value is not None}
