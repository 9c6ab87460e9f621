"""Options of SciMix's classifier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from contentmix.errors import require
from contentmix.hybrids import HybridAugmentation
from contentmix.training import Exploitation, FixMatch, Hybrids, MeanTeacher, SciMixClassifier, Supervised


def load_augmentation(run: Path) -> HybridAugmentation:
    """The augmentation of a finished generator, with the inputs that it was trained for."""
    from contentmix.runs.generators import load_generator

    generator = load_generator(run)
    return HybridAugmentation(generator.network, generator.run.inputs)


@dataclass(frozen=True, kw_only=True)
class SciMixOptions:
    """SciMix: a new classifier learns from the hybrids of a finished generator, beside a method (thesis section 2.4.2).

    Args:
        base: The method whose loss that on hybrids is added to.
        generator: Run of scimix-generator, or of samosa, trained with the same data and labels.
        hybrids: Of the generator, or mixtures of the same images by MixUp or CutMix, without one (table 2.6).
        exploitation: Hybrids match the predictions of both parents (contradict), that of their content parent (consistency) or
            its pseudo-label, or only those of labelled content parents are used, with their label (table A.15).
        alpha: Share of the content parent in what hybrids match, to contradict (thesis: above 0.5; default: 0.9).
        weight: Of the loss on hybrids (thesis A.1.2: 1).
        hybrid_batches: Batches of hybrids at each step (thesis A.1.2: 3).
        hybrid_batch: Images of each, drawn from all of the step's (default: as many as there are labelled ones).
        start: Share of training after which hybrids are used (thesis A.1.2: 50 of 300 epochs, with fixmatch 100 of 1000).
        stop: Share of training after which they are not any more (thesis A.1.2: 150 of 300 epochs, with fixmatch 200 of 1000).
        consistency: Weight of Mean Teacher's consistency (thesis A.1.2: 300).
        threshold: Least probability of FixMatch's pseudo-labels (the paper: 0.95).
        unlabelled_batch: Unlabelled images of a batch (default: the base's).
    """

    base: Literal["mean-teacher", "fixmatch", "supervised"] = "mean-teacher"
    generator: Path | None = None
    hybrids: Hybrids = "generator"
    exploitation: Exploitation = "contradict"
    alpha: float | None = None
    weight: float = 1.0
    hybrid_batches: int = 3
    hybrid_batch: int | None = None
    start: float | None = None
    stop: float | None = None
    consistency: float | None = None
    threshold: float | None = None
    unlabelled_batch: int | None = None

    def build(self, classes: int) -> SciMixClassifier:
        """The method; a ``UsageError`` where an option would do nothing."""
        for name, of in (("consistency", "mean-teacher"), ("threshold", "fixmatch")):
            idle = getattr(self, name) is not None and self.base != of
            require(not idle, f"{name} is an option of base {of}: leave it out with base {self.base}")
        require(
            self.hybrids != "generator" or self.generator is not None,
            "scimix learns from a generator's hybrids: train one by 'contentmix train scimix-generator', and give its run as "
            "--generator",
        )
        require(
            self.hybrids == "generator" or self.generator is None,
            f"hybrids of {self.hybrids} need no generator: leave it out",
        )
        require(
            self.alpha is None or (self.exploitation == "contradict" and self.hybrids == "generator"),
            "alpha is an option of contradict with a generator's hybrids: leave it out otherwise",
        )
        require((self.start is None) == (self.stop is None), "start and stop are the ends of one window: give both")
        return SciMixClassifier(
            self._base(),
            None if self.generator is None else partial(load_augmentation, self.generator),
            hybrids=self.hybrids,
            exploitation=self.exploitation,
            alpha=0.9 if self.alpha is None else self.alpha,
            weight=self.weight,
            hybrid_batches=self.hybrid_batches,
            hybrid_batch=self.hybrid_batch,
            window=None if self.start is None or self.stop is None else (self.start, self.stop),
        )

    def _base(self) -> MeanTeacher | FixMatch | Supervised:
        given = {
            name: getattr(self, name)
            for name in ("consistency", "threshold", "unlabelled_batch")
            if getattr(self, name) is not None
        }
        if self.base == "supervised":
            require(not given, f"{', '.join(given)} is no option of supervised training: leave it out")
            return Supervised()
        return MeanTeacher(**given) if self.base == "mean-teacher" else FixMatch(**given)
