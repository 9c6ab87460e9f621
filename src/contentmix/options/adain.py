"""Options of AdaIN's auto-encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from contentmix.options.bases import OnMeanTeacher, PlainSupervisedOptions
from contentmix.options.declared import Options, Weight
from contentmix.options.mean_teacher import MeanTeacherOptions


@dataclass(frozen=True, kw_only=True)
class AdaINOptions(OnMeanTeacher):
    """AdaIN's hybrids, of the texture of another image: what SciMix's are compared with (Huang and Belongie 2017; table 2.5).

    Args:
        base: How the classifier is trained, whose features are restyled: from all labels, or from few.
        reconstruction: Weight of the reconstruction.
        content: Weight of the content that restyled images should have (the paper: 1).
        style: Weight of their style (the paper: 10).
    """

    trains_generator: ClassVar[bool] = True
    bases: ClassVar[dict[str, type[Options]]] = {
        "supervised": PlainSupervisedOptions,
        "mean-teacher": MeanTeacherOptions,
    }
    base: Literal["supervised", "mean-teacher"] = "supervised"
    reconstruction: Weight = 1.0
    content: Weight = 1.0
    style: Weight = 10.0
