"""Options of SciMix's classifier."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from annotated_types import Gt, Interval, Le

from contentmix.choices import Exploitation, Hybrids
from contentmix.errors import require
from contentmix.options.bases import OnFixMatch, OnMeanTeacher, OnSupervised
from contentmix.options.declared import Few, OnlyWith, Options, Share, Weight
from contentmix.options.fixmatch import FixMatchOptions
from contentmix.options.mean_teacher import MeanTeacherOptions
from contentmix.options.supervised import SupervisedOptions


@dataclass(frozen=True, kw_only=True)
class SciMixOptions(OnSupervised, OnFixMatch, OnMeanTeacher):
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
        hybrid_batch: Images of each, drawn from all of the step's (default: all of them, thesis section 2.4.2; on small data as
            many as there are labelled ones, 20 or with fixmatch 16, for half of the time).
        start: Share of training after which hybrids are used (thesis A.1.2: 50 of 300 epochs, with fixmatch 100 of 1000).
        stop: Share of training after which they are not any more (thesis A.1.2: 150 of 300 epochs, with fixmatch 200 of 1000).
    """

    bases: ClassVar[dict[str, type[Options]]] = {
        "mean-teacher": MeanTeacherOptions,
        "fixmatch": FixMatchOptions,
        "supervised": SupervisedOptions,
    }
    base: Literal["mean-teacher", "fixmatch", "supervised"] = "mean-teacher"
    generator: Annotated[Path | None, OnlyWith("hybrids", ("generator",))] = None
    hybrids: Hybrids = "generator"
    exploitation: Exploitation = "contradict"
    alpha: Annotated[
        Annotated[float, Gt(0.5), Le(1)] | None,
        OnlyWith("exploitation", ("contradict",)),
        OnlyWith("hybrids", ("generator",)),
    ] = None
    weight: Weight = 1.0
    hybrid_batches: Few = 3
    hybrid_batch: Annotated[int, Interval(ge=2, le=10**6)] | None = None
    start: Share | None = None
    stop: Share | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.hybrids != "generator" or self.generator is not None,
            "scimix learns from a generator's hybrids: train one by 'contentmix train scimix-generator', and give its run as "
            "--generator",
        )
        require(
            self.mix != "hybrids",
            "mix is hybrids: scimix learns from a generator's hybrids beside its base, which mixes in another way; leave it out",
        )
        require((self.start is None) == (self.stop is None), "start and stop are the ends of one window: give both")
