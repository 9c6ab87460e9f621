"""Options of MixMatch."""

from __future__ import annotations

from dataclasses import dataclass

from contentmix.choices import BatchNormMode
from contentmix.options.declared import Concentration, Count, Few, Natural, Options, Positive, Weight


@dataclass(frozen=True, kw_only=True)
class MixMatchOptions(Options):
    """MixMatch: guessed and sharpened labels, mixed with the known ones (Berthelot et al. 2019; thesis A.1.1).

    Args:
        guesses: Weak views K of each unlabelled image, whose predictions are averaged (the paper: 2).
        temperature: T that guesses are sharpened with (the paper: 0.5).
        alpha: Concentration of MixUp's Beta law, of which the larger share is an image's own (the paper: 0.75).
        weight: Of the unlabelled term, w (thesis A.1.1: 37.5).
        ramp_steps: Steps over which that weight rises from 0 (thesis A.1.1: 16384; 500 on small data).
        unlabelled_batch: Unlabelled images of a batch (default: as many as labelled ones, thesis A.1.1).
        batch_norm: Which images share batch statistics: all (joint), equal shares of labelled and unlabelled ones
            (interleaved, the paper's code), or each group by itself (separate).
    """

    guesses: Few = 2
    temperature: Positive = 0.5
    alpha: Concentration = 0.75
    weight: Weight = 37.5
    ramp_steps: Natural = 16384
    unlabelled_batch: Count | None = None
    batch_norm: BatchNormMode = "interleaved"
