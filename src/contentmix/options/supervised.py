"""Options of supervised training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, get_args

from contentmix.choices import Mix, Partner
from contentmix.options.declared import Concentration, Few, OnlyWith, Options, Share, ShareBelowOne
from contentmix.options.hybrid_mix import HybridMixOptions

MIXES = tuple(name for name in get_args(Mix) if name != "none")
WITH_RATIOS = tuple(name for name in MIXES if name not in ("resizemix", "hybrids"))
WITH_ANY_PARTNER = tuple(name for name in WITH_RATIOS if name != "manifold-mixup")


@dataclass(frozen=True, kw_only=True)
class SupervisedOptions(Options):
    """One network, one input: the baseline, with any mixing sample data augmentation (thesis chapter 1).

    Args:
        mix: How images are mixed (default: not; on a transformer by cutmix-mixup, thesis A.1.5, after DeiT).
        alpha: Concentration of the Beta law of the ratio (default: that of the mix's paper; resizemix and hybrids have none).
        prob: Probability for a batch to be mixed (default: that of the mix's paper).
        per_batch: One ratio for the whole batch instead of one per image (not for resizemix and hybrids).
        partners: What images are mixed with: others of their batch, mixed whole or not at all with probability prob; or images of
            the whole training set, each with that probability by itself (the thesis's published code; not for resizemix,
            manifold-mixup and hybrids). Where workers make the images, they are others of the batch: none is decoded twice.
        batch_augmentations: Appearances of each image in a batch, which grows that many times (Mixup BA: 10; default: 1, on a
            transformer 3, A.1.5).
        label_smoothing: Share of the target spread over all classes (default: 0, on a transformer 0.1, A.1.5).
    """

    mix: Mix | None = None
    alpha: Annotated[Concentration | None, OnlyWith("mix", WITH_RATIOS)] = None
    prob: Annotated[Share | None, OnlyWith("mix", MIXES)] = None
    per_batch: Annotated[bool, OnlyWith("mix", WITH_RATIOS)] = False
    partners: Annotated[Partner, OnlyWith("mix", WITH_ANY_PARTNER)] = "batch"
    batch_augmentations: Few | None = None
    label_smoothing: ShareBelowOne | None = None

    def of_the_mix(self) -> dict[str, float | bool]:
        """What is said of the mix."""
        said = {"alpha": self.alpha, "prob": self.prob, "per_batch": self.per_batch or None}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class SupervisedWithHybridsOptions(HybridMixOptions, SupervisedOptions):
    """One network, one input: the baseline, with any mixing sample data augmentation (thesis chapter 1)."""

    @property
    def hybrid_prob(self) -> float:
        """``prob``, or that of pixel CutMix (thesis A.1.3.1)."""
        return 0.5 if self.prob is None else self.prob
