"""Options of the methods with several inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Gt

from contentmix.choices import (
    Alignment,
    Assignment,
    Attribution,
    InputMix,
    Mask,
    MultiInputInference,
    Separation,
    UnmixingKind,
)
from contentmix.errors import require
from contentmix.options.declared import (
    Concentration,
    Few,
    Members,
    OnlyWith,
    Positive,
    Root,
    Share,
    ShareBelowOne,
)
from contentmix.options.hybrid_mix import HybridMixOptions


@dataclass(frozen=True, kw_only=True)
class MultiInputOptions(HybridMixOptions):
    """What the methods share.

    Args:
        members: Subnetworks M.
        batch_repetition: Appearances b of each image in a batch; the batch size stays, the learning rate is divided by b
            (thesis A.1.3.1: 2 or 4).
        batch_augmentations: Appearances of each image in a batch, which grows that many times (transformers, A.1.5: 3).
        mix: How each input is mixed itself, with other inputs of the batch (transformers, A.1.5: cutmix-mixup; hybrids: in
            place of a pixel CutMix, the object of one input in the context of another).
        input_repetition: Share of a batch in which all members see the same image (MIMO's rho; 0 in MixMo).
        cutmix_prob: Probability for a member's image to be a pixel CutMix (thesis: 0.5 where "+ CutMix").
        cutmix_alpha: Its Beta concentration.
        label_smoothing: Share of the target spread over all classes.
        inference: Predict all members from the sum of their inputs' encodings, or each from its own alone, at M times the cost,
            which transformers need (table 4.1).
    """

    members: Members = 2
    batch_repetition: Few = 2
    batch_augmentations: Few = 1
    mix: InputMix = "none"
    input_repetition: Share = 0.0
    cutmix_prob: Share = 0.0
    cutmix_alpha: Annotated[Concentration, OnlyWith("cutmix_prob", above=0)] = 1.0
    label_smoothing: ShareBelowOne = 0.0
    inference: MultiInputInference = "sum"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.mix == "none" or self.cutmix_prob == 0,
            f"mix is {self.mix} and cutmix_prob {self.cutmix_prob}: inputs are hybrids, mixed with the batch or with partners: "
            "choose one",
        )


@dataclass(frozen=True, kw_only=True)
class MimoOptions(MultiInputOptions):
    """MIMO: the encodings of M inputs are summed, M heads predict one each (Havasi et al. 2021; thesis section 3.2.2)."""


@dataclass(frozen=True, kw_only=True)
class LinearMixMoOptions(MultiInputOptions):
    """Linear-MixMo: the encodings are interpolated with random ratios, as MixUp does images (thesis section 3.3.2.1).

    Args:
        alpha: Concentration of the Dirichlet law of the ratios (thesis 3.3.4.1: 2).
        r: Root of the loss weights w_r; 1 is linear, inf weighs all members alike (thesis 3.3.4.1: 3).
    """

    alpha: Concentration = 2.0
    r: Root = 3.0


@dataclass(frozen=True, kw_only=True)
class CutMixMoOptions(MultiInputOptions):
    """Cut-MixMo: a patch of one input's encoding is pasted into another's (thesis section 3.3, algorithm A.6).

    Args:
        mask: Shape of the binary mask (table 3.3).
        alpha: Concentration of the Dirichlet law of the ratios (thesis 3.3.4.1: 2).
        prob: Probability for a batch to be mixed with a binary mask instead of linearly; falls to 0 over the last twelfth
            (thesis 3.3.4.1: 0.5).
        linear_end: Let the probability of binary masks fall to 0 over the last twelfth.
        alignment: How the encoders' kernels start (table A.18: the same).
        r: Root of the loss weights w_r; 1 is linear, inf weighs all members alike (thesis 3.3.4.1: 3).
        encoders: Input encoders: one per member, or 1 for all (table 3.4).
        classifiers: Heads: one per member, or 1 that predicts the mixed label (table 3.4).
        assignment: Which head predicts which input; with one encoder, random or predominant first (table 3.4).
    """

    mask: Annotated[Mask, OnlyWith("prob", above=0)] = "rectangle"
    alpha: Concentration = 2.0
    prob: Share = 0.5
    linear_end: Annotated[bool, OnlyWith("prob", above=0)] = True
    alignment: Alignment = "independent"
    r: Annotated[Root, OnlyWith("classifiers", above=1)] = 3.0
    encoders: Few | None = None
    classifiers: Few | None = None
    assignment: Annotated[Assignment, OnlyWith("classifiers", above=1)] = "own"


@dataclass(frozen=True, kw_only=True)
class MixShareOptions(MultiInputOptions):
    """MixShare: subnetworks that share features, by aligned encoders and unmixing (thesis section 3.4, algorithm A.7).

    Args:
        input_repetition: Share of a batch in which all members see the same image (A.6.1: 10 %).
        alpha: Concentration of the Dirichlet law of the ratios (thesis 3.3.4.1: 2).
        r: Root of the loss weights w_r; 1 weighs by the ratios themselves (A.6.1).
        alignment: How the encoders' kernels start (section 3.4.2.2).
        unmixing: What heads see of the final features: their input's part of all of them, of a share of them, of all of them
            in a way that fades out, or everything (section 3.4.2.3).
        share: Share of the final features that partial unmixing unmixes (default: the thesis's 0.25).
        fade_epochs: Epoch by which fade-out unmixing has ended (default: the thesis's 100 of 300).
        separation: Where members part: in encoders of their own, or before the last stage of a network with one encoder, which
            then predicts with a pass of the last stage for each (beyond the thesis, which asks for it in section 5.2).
        attribution: What tells the inputs apart where members part before the last stage: a source encoding (equation 4.5, the
            variant that section 4.5 proposes), a source embedding (equation 4.6), or nothing.
        reserved: Share of the channels of every map that is reserved for members, in equal parts: from 0, where all are shared,
            to 1, where members are networks of a part of the width (beyond the thesis, which asks for it in section 5.2).
    """

    input_repetition: Share = 0.1
    alpha: Concentration = 2.0
    r: Root = 1.0
    inference: Annotated[MultiInputInference, OnlyWith("separation", ("encoders",))] = "sum"
    alignment: Annotated[Alignment, OnlyWith("separation", ("encoders",))] = "same"
    unmixing: UnmixingKind = "fade-out"
    share: Annotated[Annotated[Share, Gt(0)] | None, OnlyWith("unmixing", ("partial",))] = None
    fade_epochs: Annotated[Positive | None, OnlyWith("unmixing", ("fade-out",))] = None
    separation: Separation = "encoders"
    attribution: Annotated[Attribution, OnlyWith("separation", ("last-stage",))] = "encoding"
    reserved: Annotated[Share, OnlyWith("separation", ("encoders",))] = 0.0
