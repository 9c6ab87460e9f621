"""Options of FixMatch."""

from __future__ import annotations

from dataclasses import dataclass

from contentmix.choices import BatchNormMode
from contentmix.options.declared import Count, Options, Share, Weight


@dataclass(frozen=True, kw_only=True)
class FixMatchOptions(Options):
    """FixMatch: sure pseudo-labels of weak views teach strong ones (Sohn et al. 2020; thesis section 2.2.1.2).

    Args:
        threshold: Least probability of a pseudo-label (the paper: 0.95).
        weight: Of the pseudo-label term, w (thesis A.1.2: 1).
        unlabelled_batch: Unlabelled images of a batch; batch_size counts the labelled ones (thesis A.1.2: 224 and 32;
            56 and 16 on small data).
        batch_norm: Which images share batch statistics: all (joint, the paper's code), equal shares of labelled and unlabelled
            ones (interleaved), or each group by itself (separate).
    """

    threshold: Share = 0.95
    weight: Weight = 1.0
    unlabelled_batch: Count = 224
    batch_norm: BatchNormMode = "joint"
