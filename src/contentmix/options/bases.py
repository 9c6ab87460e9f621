"""Options that a method passes on to the method that it builds on: all of its base's, by the base's names.

Where a name would say two things it has ``base_`` in front (``OUTER``). What is not given is the base's own default, or what its
recipe says on the data: so a method and its base are trained alike unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from contentmix.choices import BatchNormMode, Mix, Partner
from contentmix.errors import UsageError
from contentmix.options.declared import (
    Concentration,
    Count,
    Few,
    Natural,
    Options,
    Positive,
    Share,
    ShareBelowOne,
    Weight,
    defaults_of,
)

OUTER = {"weight": "base_weight", "alpha": "base_alpha", "prob": "base_prob"}


def outer_name(name: str) -> str:
    """What an option of a base is called by the methods that build on it."""
    return OUTER.get(name, name)


@dataclass(frozen=True, kw_only=True)
class BasedOptions(Options):
    """Options of a method that builds on another: one of ``bases``, chosen by the option ``chosen_by``.

    Args:
        unlabelled_batch: Unlabelled images of a batch (default: the base's).
        batch_norm: Which images share batch statistics (default: the base's).
        consistency: Weight of Mean Teacher's consistency (default: 300, thesis A.1.1).
        head_distance: Weight of the distance between Mean Teacher's two heads (default: 0.01, thesis A.1.1).
        threshold: Least probability of FixMatch's pseudo-labels (default: 0.95, the paper).
        base_weight: Weight of the unlabelled term of MixMatch or FixMatch (default: 37.5, 1, thesis A.1).
        guesses: Weak views of each unlabelled image whose predictions MixMatch averages (default: 2, the paper).
        temperature: That MixMatch sharpens guesses with (default: 0.5, the paper).
        ramp_steps: Steps over which the weight of MixMatch's unlabelled term rises (default: 16384, A.1.1; 500 on small data).
        base_alpha: Concentration of the Beta law of MixMatch's MixUp, or of supervised training's mix (default: the base's).
        base_prob: Probability for a batch of supervised training to be mixed (default: that of the mix's paper).
        mix: How labelled images are mixed in supervised training (default: that of supervised).
        per_batch: One ratio for the whole batch of supervised training (default: one per image).
        partners: What images of supervised training are mixed with, others of their batch or of the whole set (default: batch).
        batch_augmentations: Appearances of each image in a batch of supervised training (default: that of supervised).
        encoder: Image encoder that is the guide as it is, timm/NAME or open_clip/NAME (extra: clip).
        encoder_weights: A file of its weights (default: those of timm, in the hub's cache or on the hub).
        label_smoothing: Share of supervised training's target spread over all classes (default: that of supervised).
    """

    bases: ClassVar[dict[str, type[Options]]] = {}
    chosen_by: ClassVar[str] = "base"

    @property
    def base_name(self) -> str:
        """The method that this one builds on."""
        name: str = getattr(self, self.chosen_by)
        return name

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.idle(vars(self)):
            owners = [base for base, options in self.bases.items() if name in map(outer_name, defaults_of(options))]
            raise UsageError(
                f"{name} is an option of {self.chosen_by} {', '.join(owners)}: leave it out with {self.chosen_by} "
                f"{self.base_name}"
            )

    @classmethod
    def base_defaults(cls, base: str) -> dict[str, Any]:
        """The options that reach ``base``, by their names here, with its defaults."""
        return {outer_name(name): default for name, default in defaults_of(cls.bases[base]).items()}

    @classmethod
    def idle(cls, options: Mapping[str, Any]) -> list[str]:
        """Names of those among ``options`` that are given and reach a base that is not the chosen one."""
        chosen = options.get(cls.chosen_by, defaults_of(cls)[cls.chosen_by])
        passed_on = {name for base in cls.bases for name in cls.base_defaults(base)}
        return sorted(name for name in passed_on - set(cls.base_defaults(chosen)) if options.get(name) is not None)

    def base_options(self) -> Options:
        """Those of the base: what is given here, and its defaults."""
        declared = self.bases[self.base_name]
        given = {name: getattr(self, outer_name(name)) for name in defaults_of(declared)}
        return declared(**{name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class OnFewLabels(BasedOptions):
    """What any base that learns from few labels takes."""

    unlabelled_batch: Count | None = None
    batch_norm: BatchNormMode | None = None


@dataclass(frozen=True, kw_only=True)
class OnMeanTeacher(OnFewLabels):
    """Options of the base Mean Teacher."""

    consistency: Weight | None = None
    head_distance: Weight | None = None


@dataclass(frozen=True, kw_only=True)
class OnFixMatch(OnFewLabels):
    """Options of the base FixMatch."""

    threshold: Share | None = None
    base_weight: Weight | None = None


@dataclass(frozen=True, kw_only=True)
class OnMixMatch(OnFewLabels):
    """Options of the base MixMatch."""

    guesses: Few | None = None
    temperature: Positive | None = None
    base_alpha: Concentration | None = None
    base_weight: Weight | None = None
    ramp_steps: Natural | None = None


@dataclass(frozen=True, kw_only=True)
class OnEncoder(OnFewLabels):
    """Options of the base that is a frozen encoder."""

    encoder: str | None = None
    encoder_weights: Path | None = None


@dataclass(frozen=True, kw_only=True)
class OnSupervised(BasedOptions):
    """Options of the base that learns from labels alone."""

    mix: Mix | None = None
    base_alpha: Concentration | None = None
    base_prob: Share | None = None
    per_batch: bool | None = None
    partners: Partner | None = None
    batch_augmentations: Few | None = None
    label_smoothing: ShareBelowOne | None = None


@dataclass(frozen=True, kw_only=True)
class PlainSupervisedOptions(Options):
    """Supervised training on plain images, which a generator beside it rebuilds: nothing to choose."""
