"""Options of SAMOSA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from contentmix.errors import require
from contentmix.options.bases import OnFixMatch, OnMeanTeacher, OnMixMatch
from contentmix.options.declared import Few, OnlyWith, Options, Positive, Share, Weight
from contentmix.options.fixmatch import FixMatchOptions
from contentmix.options.mean_teacher import MeanTeacherOptions
from contentmix.options.mixmatch import MixMatchOptions


@dataclass(frozen=True, kw_only=True)
class SamosaOptions(OnMixMatch, OnFixMatch, OnMeanTeacher):
    """SAMOSA: a decoder learns beside a method to draw one image as another is drawn; hybrids teach (thesis section 2.3).

    Args:
        base: The method that the classifier is trained by.
        reconstruction: Weight of the reconstruction, which trains the context encoder and the decoder (thesis A.1.1: 0.25).
        regularisation: Weight of what pulls the classifier's features towards the decoder's (thesis A.1.1: 0.5 on CIFAR, 0.1 on
            SVHN and MNIST-M).
        cycles: Trainings of --epochs in a row; hybrids made after one are labelled images of the next (thesis A.1.1: 3; with
            mixmatch 1, hybrids are made in its batches).
        copies: Hybrids of each labelled image in the next cycle (thesis 2.5.1.1: 10).
        start: Share of a cycle, with mixmatch of training, after which hybrids are used (thesis A.1.1: 150 of 300 epochs, 50
            of 150 on SVHN, with mixmatch 100 of 900).
        stop: Share after which they are not any more (thesis A.1.1: 250 of 300 epochs, 100 of 150 on SVHN, with mixmatch 800 of
            900).
        prob: Probability for a batch of mixmatch to have hybrids in place of MixUp (thesis 2.5.1.1: 0.2).
        hybrid_lr: Learning rate of the context encoder and the decoder (thesis A.1.1: that of the run; with mixmatch 0.2).
    """

    trains_generator: ClassVar[bool] = True
    bases: ClassVar[dict[str, type[Options]]] = {
        "mean-teacher": MeanTeacherOptions,
        "mixmatch": MixMatchOptions,
        "fixmatch": FixMatchOptions,
    }
    base: Literal["mean-teacher", "mixmatch", "fixmatch"] = "mean-teacher"
    reconstruction: Weight = 0.25
    regularisation: Weight = 0.5
    cycles: Few | None = None
    copies: Few | None = None
    start: Share | None = None
    stop: Share | None = None
    prob: Annotated[Share | None, OnlyWith("base", ("mixmatch",))] = None
    hybrid_lr: Positive | None = None

    @property
    def trainings(self) -> int:
        """In a row, of --epochs each."""
        return self.cycles or (1 if self.base == "mixmatch" else 3)

    def __post_init__(self) -> None:
        super().__post_init__()
        require((self.start is None) == (self.stop is None), "start and stop are the ends of one window: give both")
        mixmatch = self.base == "mixmatch"
        once = mixmatch or self.cycles == 1
        require(
            self.copies is None or not once, "copies is an option of training in several cycles: leave it out with one"
        )
        require(
            self.start is None or mixmatch or not once,
            "start and stop are options of mixmatch or of several cycles: leave them out with one",
        )
