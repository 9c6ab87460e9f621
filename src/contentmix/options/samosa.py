"""Options of SAMOSA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contentmix.errors import require
from contentmix.training import FixMatch, MeanTeacher, MixMatch, SamosaTraining


@dataclass(frozen=True, kw_only=True)
class SamosaOptions:
    """SAMOSA: a decoder learns beside a method to draw one image as another is drawn; hybrids teach (thesis section 2.3).

    Args:
        base: The method that the classifier is trained by.
        reconstruction: Weight of the reconstruction, which trains the context encoder and the decoder (thesis A.1.1: 0.25).
        regularisation: Weight of what pulls the classifier's features towards the decoder's (thesis A.1.1: 0.5 on CIFAR, 0.1 on
            SVHN and MNIST-M).
        cycles: Trainings of --epochs in a row; hybrids made after one are labelled images of the next (thesis A.1.1: 3; with
            mixmatch 1, hybrids are made in its batches).
        copies: Hybrids of each labelled image in the next cycle (thesis 2.5.1.1: 10).
        start: Share of a cycle, with mixmatch of training, after which hybrids are used (thesis A.1.1: 150 of 300 epochs, with
            mixmatch 100 of 900).
        stop: Share after which they are not any more (thesis A.1.1: 250 of 300 epochs, with mixmatch 800 of 900).
        prob: Probability for a batch of mixmatch to have hybrids in place of MixUp (thesis 2.5.1.1: 0.2).
        hybrid_lr: Learning rate of the context encoder and the decoder (thesis A.1.1: that of the run; with mixmatch 0.2).
        unlabelled_batch: Unlabelled images of a batch (default: the base's).
    """

    base: Literal["mean-teacher", "mixmatch", "fixmatch"] = "mean-teacher"
    reconstruction: float = 0.25
    regularisation: float = 0.5
    cycles: int | None = None
    copies: int | None = None
    start: float | None = None
    stop: float | None = None
    prob: float | None = None
    hybrid_lr: float | None = None
    unlabelled_batch: int | None = None

    def build(self, classes: int) -> SamosaTraining:
        """The method; a ``UsageError`` where an option would do nothing."""
        require((self.start is None) == (self.stop is None), "start and stop are the ends of one window: give both")
        mixmatch = self.base == "mixmatch"
        require(
            self.prob is None or mixmatch, f"prob is an option of base mixmatch: leave it out with base {self.base}"
        )
        once = self.base == "mixmatch" or self.cycles == 1
        require(
            self.copies is None or not once, "copies is an option of training in several cycles: leave it out with one"
        )
        require(
            self.start is None or mixmatch or not once,
            "start and stop are options of mixmatch or of several cycles: leave them out with one",
        )
        given = {} if self.unlabelled_batch is None else {"unlabelled_batch": self.unlabelled_batch}
        bases = {"mean-teacher": MeanTeacher, "mixmatch": MixMatch, "fixmatch": FixMatch}
        window = (100 / 900, 800 / 900) if mixmatch else (150 / 300, 250 / 300)
        return SamosaTraining(
            bases[self.base](**given),
            self.reconstruction,
            self.regularisation,
            cycles=(1 if mixmatch else 3) if self.cycles is None else self.cycles,
            copies=10 if self.copies is None else self.copies,
            window=window if self.start is None or self.stop is None else (self.start, self.stop),
            prob=0.2 if self.prob is None else self.prob,
            lr=self.hybrid_lr,
        )
