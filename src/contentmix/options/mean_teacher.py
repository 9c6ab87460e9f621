"""Options of Mean Teacher."""

from __future__ import annotations

from dataclasses import dataclass

from contentmix.choices import BatchNormMode
from contentmix.options.declared import Count, Options, Weight


@dataclass(frozen=True, kw_only=True)
class MeanTeacherOptions(Options):
    """Mean Teacher: consistency with a moving average of the network, on a head of its own (thesis section 2.2.1.1).

    Args:
        consistency: Weight w_c of the consistency of unlabelled images (thesis A.1.1: 300).
        head_distance: Weight w_d of the distance between the logits of the two heads, on all images (thesis A.1.1: 0.01).
        unlabelled_batch: Unlabelled images of a batch; batch_size counts the labelled ones (thesis A.1.2: 196 and 60;
            64 and 20 on small data).
        batch_norm: Which images share batch statistics: all (joint), equal shares of labelled and unlabelled ones
            (interleaved), or each group by itself (separate).
    """

    consistency: Weight = 300.0
    head_distance: Weight = 0.01
    unlabelled_batch: Count = 196
    batch_norm: BatchNormMode = "joint"
