"""The methods by name. A method's options are the typed arguments of its builder here, and nowhere else."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Literal

from contentmix.errors import UsageError, require, unknown
from contentmix.mixing import (
    SHAPES,
    Dirichlet,
    Equal,
    ManifoldMixUp,
    Mixer,
    cowmix,
    cutmix,
    fmix,
    horizontal_concat,
    mixup,
    patchup,
    resizemix,
    vertical_concat,
)
from contentmix.training import Method, MultiInput, Supervised

Mask = Literal["rectangle", "horizontal-concat", "vertical-concat", "patchup", "fmix", "cowmix"]
Mix = Literal[
    "none", "mixup", "cutmix", "horizontal-concat", "vertical-concat", "patchup", "fmix", "cowmix", "resizemix", "manifold-mixup"
]  # fmt: skip
_MIXES: dict[str, Callable[..., Any]] = {
    "mixup": mixup,
    "cutmix": cutmix,
    "horizontal-concat": horizontal_concat,
    "vertical-concat": vertical_concat,
    "patchup": patchup,
    "fmix": fmix,
    "cowmix": cowmix,
    "resizemix": resizemix,
    "manifold-mixup": ManifoldMixUp,
}


def supervised(
    *,
    classes: int,
    mix: Mix = "none",
    alpha: float | None = None,
    prob: float | None = None,
    per_batch: bool = False,
    batch_augmentations: int = 1,
    label_smoothing: float = 0.0,
) -> Supervised:
    """One network, one input: the baseline, with any mixing sample data augmentation (thesis chapter 1).

    Args:
        mix: How images are mixed.
        alpha: Concentration of the Beta law of the ratio (default: that of the mix's paper; resizemix has none).
        prob: Probability for a batch to be mixed (default: that of the mix's paper).
        per_batch: One ratio for the whole batch instead of one per image (not for resizemix).
        batch_augmentations: Appearances of each image in a batch, which grows that many times (Mixup BA: 10).
        label_smoothing: Share of the target spread over all classes.
    """
    if mix == "none":
        idle = [
            name
            for name, set_ in (("alpha", alpha is not None), ("prob", prob is not None), ("per_batch", per_batch))
            if set_
        ]
        require(not idle, f"{', '.join(idle)} without a mix does nothing: choose a mix, or leave it out")
        return Supervised(augmentations=batch_augmentations, label_smoothing=label_smoothing)
    builder = _MIXES[mix]
    given = {"alpha": alpha, "prob": prob, "per_batch": per_batch or None}
    chosen = {name: value for name, value in given.items() if value is not None}
    known = inspect.signature(builder).parameters
    surplus = sorted(set(chosen) - set(known))
    require(not surplus, f"{', '.join(surplus)} is no option of {mix}")
    return Supervised(builder(num_classes=classes, smoothing=label_smoothing, **chosen), batch_augmentations)


def mimo(
    *,
    classes: int,
    members: int = 2,
    batch_repetition: int = 2,
    input_repetition: float = 0.0,
    cutmix_prob: float = 0.0,
    cutmix_alpha: float = 1.0,
    label_smoothing: float = 0.0,
) -> MultiInput:
    """MIMO: the encodings of M inputs are summed, M heads predict one each (Havasi et al. 2021; thesis section 3.2.2).

    Args:
        members: Subnetworks M.
        batch_repetition: Appearances b of each image in a batch; the batch size stays, the learning rate is divided by b.
        input_repetition: Share of a batch in which all members see the same image.
        cutmix_prob: Probability for a member's image to be a pixel CutMix.
        cutmix_alpha: Its Beta concentration.
        label_smoothing: Share of the target spread over all classes.
    """
    return MultiInput(
        Mixer(Equal()),
        members=members,
        r=math.inf,
        repetition=batch_repetition,
        input_repetition=input_repetition,
        cutmix_prob=cutmix_prob,
        cutmix_alpha=cutmix_alpha,
        label_smoothing=label_smoothing,
    )


def linear_mixmo(
    *,
    classes: int,
    members: int = 2,
    alpha: float = 2.0,
    r: float = 3.0,
    batch_repetition: int = 2,
    input_repetition: float = 0.0,
    cutmix_prob: float = 0.0,
    cutmix_alpha: float = 1.0,
    label_smoothing: float = 0.0,
) -> MultiInput:
    """Linear-MixMo: the encodings are interpolated with random ratios, as MixUp does images (thesis section 3.3.2.1).

    Args:
        members: Subnetworks M.
        alpha: Concentration of the Dirichlet law of the ratios.
        r: Root of the loss weights w_r; 1 is linear, inf weighs all members alike.
        batch_repetition: Appearances b of each image in a batch; the batch size stays, the learning rate is divided by b.
        input_repetition: Share of a batch in which all members see the same image.
        cutmix_prob: Probability for a member's image to be a pixel CutMix (thesis: 0.5 where "+ CutMix").
        cutmix_alpha: Its Beta concentration.
        label_smoothing: Share of the target spread over all classes.
    """
    return MultiInput(
        Mixer(Dirichlet(alpha)),
        members=members,
        r=r,
        repetition=batch_repetition,
        input_repetition=input_repetition,
        cutmix_prob=cutmix_prob,
        cutmix_alpha=cutmix_alpha,
        label_smoothing=label_smoothing,
    )


def cut_mixmo(
    *,
    classes: int,
    members: int = 2,
    mask: Mask = "rectangle",
    alpha: float = 2.0,
    prob: float = 0.5,
    r: float = 3.0,
    batch_repetition: int = 2,
    input_repetition: float = 0.0,
    cutmix_prob: float = 0.0,
    cutmix_alpha: float = 1.0,
    encoders: int | None = None,
    classifiers: int | None = None,
    assignment: Literal["own", "random", "predominant"] = "own",
    label_smoothing: float = 0.0,
) -> MultiInput:
    """Cut-MixMo: a patch of one input's encoding is pasted into another's (thesis section 3.3, algorithm A.6).

    Args:
        members: Subnetworks M.
        mask: Shape of the binary mask (table 3.3).
        alpha: Concentration of the Dirichlet law of the ratios.
        prob: Probability for a batch to be mixed with a binary mask instead of linearly; falls to 0 over the last twelfth.
        r: Root of the loss weights w_r; 1 is linear, inf weighs all members alike.
        batch_repetition: Appearances b of each image in a batch; the batch size stays, the learning rate is divided by b.
        input_repetition: Share of a batch in which all members see the same image.
        cutmix_prob: Probability for a member's image to be a pixel CutMix (thesis: 0.5 where "+ CutMix").
        cutmix_alpha: Its Beta concentration.
        encoders: Input encoders: one per member, or 1 for all (table 3.4).
        classifiers: Heads: one per member, or 1 that predicts the mixed label (table 3.4).
        assignment: Which head predicts which input; with one encoder, random or predominant first (table 3.4).
        label_smoothing: Share of the target spread over all classes.
    """
    return MultiInput(
        Mixer(Dirichlet(alpha), SHAPES[mask](), prob=prob),
        members=members,
        r=r,
        repetition=batch_repetition,
        input_repetition=input_repetition,
        cutmix_prob=cutmix_prob,
        cutmix_alpha=cutmix_alpha,
        encoders=encoders,
        classifiers=classifiers,
        assignment=assignment,
        label_smoothing=label_smoothing,
    )


METHODS: dict[str, Callable[..., Method]] = {
    "supervised": supervised,
    "mimo": mimo,
    "linear-mixmo": linear_mixmo,
    "cut-mixmo": cut_mixmo,
}


def method_defaults(name: str) -> dict[str, Any]:
    """The options of a method with their defaults."""
    if name not in METHODS:
        raise unknown("method", name, METHODS)
    parameters = inspect.signature(METHODS[name]).parameters
    return {key: parameter.default for key, parameter in parameters.items() if key != "classes"}


def build_method(name: str, options: dict[str, Any], classes: int) -> Method:
    """The method ``name`` with ``options``, for ``classes`` classes."""
    defaults = method_defaults(name)
    surplus = sorted(set(options) - set(defaults))
    if surplus:
        raise UsageError(f"unknown option '{surplus[0]}' of {name} (valid: {', '.join(defaults)})")
    return METHODS[name](classes=classes, **{**defaults, **options})
