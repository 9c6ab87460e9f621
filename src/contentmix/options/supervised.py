"""Options of supervised training."""

from __future__ import annotations

from dataclasses import dataclass

from contentmix.choices import Mix, Partner
from contentmix.errors import require
from contentmix.options.declared import Count, Options, Positive, Share, ShareBelowOne


@dataclass(frozen=True, kw_only=True)
class SupervisedOptions(Options):
    """One network, one input: the baseline, with any mixing sample data augmentation (thesis chapter 1).

    Args:
        mix: How images are mixed (default: not; on a transformer by cutmix-mixup, thesis A.1.5, after DeiT).
        alpha: Concentration of the Beta law of the ratio (default: that of the mix's paper; resizemix has none).
        prob: Probability for a batch to be mixed (default: that of the mix's paper).
        per_batch: One ratio for the whole batch instead of one per image (not for resizemix).
        partners: What images are mixed with: others of their batch, mixed whole or not at all with probability prob; or images of
            the whole training set, each with that probability by itself (the thesis's published code; not for resizemix and
            manifold-mixup). Where workers make the images, they are others of the batch, so that none is decoded twice.
        batch_augmentations: Appearances of each image in a batch, which grows that many times (Mixup BA: 10; default: 1, on a
            transformer 3, A.1.5).
        label_smoothing: Share of the target spread over all classes (default: 0, on a transformer 0.1, A.1.5).
    """

    mix: Mix | None = None
    alpha: Positive | None = None
    prob: Share | None = None
    per_batch: bool = False
    partners: Partner = "batch"
    batch_augmentations: Count | None = None
    label_smoothing: ShareBelowOne | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        mixed = self.mix not in (None, "none")
        given = ", ".join([*self.of_the_mix(), *(["partners"] if self.partners == "set" else [])])
        require(not given or mixed, f"{given} without a mix does nothing: choose a mix, or leave it out")
        idle = [name for name in self.of_the_mix() if self.mix == "resizemix" and name != "prob"]
        require(not idle, f"{', '.join(idle)} is no option of resizemix")
        require(
            self.partners == "batch" or self.mix not in ("resizemix", "manifold-mixup"),
            f"partners is {self.partners}, which {self.mix} cannot mix with: leave it out",
        )

    def of_the_mix(self) -> dict[str, float | bool]:
        """What is said of the mix."""
        said = {"alpha": self.alpha, "prob": self.prob, "per_batch": self.per_batch or None}
        return {name: value for name, value in said.items() if value is not None}
