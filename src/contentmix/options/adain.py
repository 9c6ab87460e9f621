"""Options of AdaIN's auto-encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contentmix.errors import require
from contentmix.training import AdaINTraining, MeanTeacher, Supervised


@dataclass(frozen=True, kw_only=True)
class AdaINOptions:
    """AdaIN's hybrids, of the texture of another image: what SciMix's are compared with (Huang and Belongie 2017; table 2.5).

    Args:
        base: How the classifier is trained, whose features are restyled: from all labels, or from few.
        reconstruction: Weight of the reconstruction.
        content: Weight of the content that restyled images should have (the paper: 1).
        style: Weight of their style (the paper: 10).
        unlabelled_batch: Unlabelled images of a batch (default: the base's).
    """

    base: Literal["supervised", "mean-teacher"] = "supervised"
    reconstruction: float = 1.0
    content: float = 1.0
    style: float = 10.0
    unlabelled_batch: int | None = None

    def build(self, classes: int) -> AdaINTraining:
        """The method."""
        base = Supervised() if self.base == "supervised" else MeanTeacher()
        if self.unlabelled_batch is not None:
            require(
                isinstance(base, MeanTeacher),
                "unlabelled_batch is an option of base mean-teacher: leave it out with base supervised",
            )
            base = MeanTeacher(unlabelled_batch=self.unlabelled_batch)
        return AdaINTraining(base, self.reconstruction, self.content, self.style)
