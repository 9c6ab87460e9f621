"""The options of every method as keywords of ``train``. Written by tools/typed_options.py from what declares them."""

from __future__ import annotations

from os import PathLike
from typing import Literal

from contentmix.api.run_keywords import RunKeywords
from contentmix.choices import (
    Alignment,
    Assignment,
    Attribution,
    AttributionPlace,
    BatchNormMode,
    Exploitation,
    GeneratorVariant,
    Hybrids,
    InputMix,
    Mask,
    MemberLayers,
    Mix,
    MixViTInference,
    MultiInputInference,
    Partner,
    Separation,
    UnmixingKind,
)


class SupervisedKeywords(RunKeywords, total=False):
    """Those of ``SupervisedOptions``."""

    mix: Mix | None
    alpha: float | None
    prob: float | None
    per_batch: bool
    partners: Partner
    batch_augmentations: int | None
    label_smoothing: float | None


class HybridMixKeywords(RunKeywords, total=False):
    """Those of ``HybridMixOptions``."""

    generator: str | PathLike[str] | None


class SupervisedWithHybridsKeywords(HybridMixKeywords, SupervisedKeywords, total=False):
    """Those of ``SupervisedWithHybridsOptions``."""


class EnsembleLayersKeywords(SupervisedWithHybridsKeywords, total=False):
    """Those of ``EnsembleLayersOptions``."""

    layers: MemberLayers
    members: int
    expansion: float
    mask_scale: float
    dropout: float


class MultiInputKeywords(HybridMixKeywords, total=False):
    """Those of ``MultiInputOptions``."""

    members: int
    batch_repetition: int
    batch_augmentations: int
    mix: InputMix
    input_repetition: float
    cutmix_prob: float
    cutmix_alpha: float
    label_smoothing: float
    inference: MultiInputInference


class MimoKeywords(MultiInputKeywords, total=False):
    """Those of ``MimoOptions``."""


class LinearMixMoKeywords(MultiInputKeywords, total=False):
    """Those of ``LinearMixMoOptions``."""

    alpha: float
    r: float


class CutMixMoKeywords(MultiInputKeywords, total=False):
    """Those of ``CutMixMoOptions``."""

    mask: Mask
    alpha: float
    prob: float
    linear_end: bool
    alignment: Alignment
    r: float
    encoders: int | None
    classifiers: int | None
    assignment: Assignment


class MixShareKeywords(MultiInputKeywords, total=False):
    """Those of ``MixShareOptions``."""

    input_repetition: float
    inference: MultiInputInference
    alpha: float
    r: float
    alignment: Alignment
    unmixing: UnmixingKind
    share: float | None
    fade_epochs: float | None
    separation: Separation
    attribution: Attribution
    reserved: float


class MixViTKeywords(HybridMixKeywords, total=False):
    """Those of ``MixViTOptions``."""

    members: int
    attribution: Attribution
    place: AttributionPlace
    all_tokens: bool
    inference: MixViTInference | None
    alpha: float | None
    mix: InputMix
    batch_augmentations: int
    label_smoothing: float
    class_blocks: int | None


class MeanTeacherKeywords(RunKeywords, total=False):
    """Those of ``MeanTeacherOptions``."""

    consistency: float
    head_distance: float
    unlabelled_batch: int
    batch_norm: BatchNormMode


class FewLabelMembersKeywords(RunKeywords, total=False):
    """Those of ``FewLabelMembersOptions``."""

    members: int


class MeanTeacherMembersKeywords(FewLabelMembersKeywords, MeanTeacherKeywords, total=False):
    """Those of ``MeanTeacherMembersOptions``."""


class MixMatchKeywords(RunKeywords, total=False):
    """Those of ``MixMatchOptions``."""

    guesses: int
    temperature: float
    alpha: float
    weight: float
    ramp_steps: int
    unlabelled_batch: int | None
    batch_norm: BatchNormMode


class FixMatchKeywords(RunKeywords, total=False):
    """Those of ``FixMatchOptions``."""

    threshold: float
    weight: float
    unlabelled_batch: int
    batch_norm: BatchNormMode


class FixMatchMembersKeywords(FewLabelMembersKeywords, FixMatchKeywords, total=False):
    """Those of ``FixMatchMembersOptions``."""

    agreement: bool


class BasedKeywords(RunKeywords, total=False):
    """Those of ``BasedOptions``."""


class OnFewLabelsKeywords(BasedKeywords, total=False):
    """Those of ``OnFewLabels``."""

    unlabelled_batch: int | None
    batch_norm: BatchNormMode | None


class OnMeanTeacherKeywords(OnFewLabelsKeywords, total=False):
    """Those of ``OnMeanTeacher``."""

    consistency: float | None
    head_distance: float | None


class OnFixMatchKeywords(OnFewLabelsKeywords, total=False):
    """Those of ``OnFixMatch``."""

    threshold: float | None
    base_weight: float | None


class OnMixMatchKeywords(OnFewLabelsKeywords, total=False):
    """Those of ``OnMixMatch``."""

    guesses: int | None
    temperature: float | None
    base_alpha: float | None
    base_weight: float | None
    ramp_steps: int | None


class SamosaKeywords(OnMixMatchKeywords, OnFixMatchKeywords, OnMeanTeacherKeywords, total=False):
    """Those of ``SamosaOptions``."""

    base: Literal["mean-teacher", "mixmatch", "fixmatch"]
    reconstruction: float
    regularisation: float
    cycles: int | None
    copies: int | None
    start: float | None
    stop: float | None
    prob: float | None
    hybrid_lr: float | None


class OnEncoderKeywords(OnFewLabelsKeywords, total=False):
    """Those of ``OnEncoder``."""

    encoder: str | None
    encoder_weights: str | PathLike[str] | None


class SciMixGeneratorKeywords(OnEncoderKeywords, OnFixMatchKeywords, OnMeanTeacherKeywords, total=False):
    """Those of ``SciMixGeneratorOptions``."""

    guide: Literal["mean-teacher", "fixmatch", "supervised", "encoder"]
    variant: GeneratorVariant
    reconstruction: float
    adversarial: float
    hybrid_class: float
    hybrid_context: float
    away_class: float
    away_context: float
    hybrid_adversarial: float
    context_start: float
    warmup: float
    freeze_guide: bool
    context_channels: int | None
    guide_jitter: float
    judge_shift: float
    critic_jitter: float
    r1: float
    generator_optimizer: Literal["run", "adam"]
    generator_lr: float | None
    critic_lr: float | None


class OnSupervisedKeywords(BasedKeywords, total=False):
    """Those of ``OnSupervised``."""

    mix: Mix | None
    base_alpha: float | None
    base_prob: float | None
    per_batch: bool | None
    partners: Partner | None
    batch_augmentations: int | None
    label_smoothing: float | None


class SciMixKeywords(OnSupervisedKeywords, OnFixMatchKeywords, OnMeanTeacherKeywords, total=False):
    """Those of ``SciMixOptions``."""

    base: Literal["mean-teacher", "fixmatch", "supervised"]
    generator: str | PathLike[str] | None
    hybrids: Hybrids
    exploitation: Exploitation
    alpha: float | None
    weight: float
    hybrid_batches: int
    hybrid_batch: int | None
    start: float | None
    stop: float | None


class AdaINKeywords(OnMeanTeacherKeywords, total=False):
    """Those of ``AdaINOptions``."""

    base: Literal["supervised", "mean-teacher"]
    reconstruction: float
    content: float
    style: float
