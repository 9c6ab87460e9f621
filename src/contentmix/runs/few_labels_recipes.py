"""What methods that learn from few labels change in the recipe of a data set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from contentmix.runs.recipe import Recipe


@dataclass(frozen=True)
class FewLabels:
    """What a method that learns from few labels changes in the recipe of a data set.

    Attributes:
        everywhere: values on any data.
        thesis: values on the thesis's 32 px data.
        of_data: values on some of these.
        digits_epochs: on the small embedded sets, whose epochs have few steps.
        own_lr: where it is trained for minutes, and a run has a thousand steps instead of hundreds of thousands; chosen by the
            accuracy on unlabelled training images. None keeps the thesis's.
        own_batch: labelled images of a batch there, for ``own_lr``.
        stretch: the cosine reaches 0 so many times later than training stops.
    """

    everywhere: dict[str, Any]
    thesis: dict[str, Any]
    of_data: dict[str, dict[str, Any]]
    digits_epochs: int
    own_lr: float | None = None
    own_batch: int | None = None
    stretch: float = 1.0


# Gradients of norm 1 are A.1.1's, of SAMOSA; A.1.2 says nothing of SciMix, which has the same Mean Teacher, and so them too.
_COLD = {"warmup_epochs": 0.0, "warmup_share": None}
_SGD = {"weight_decay": 5e-4, "schedule": "cosine", **_COLD}
_ADAMW = {"optimizer": "adamw", "weight_decay": 0.02, "schedule": "constant", **_COLD}
_TEACHER = {**_SGD, "lr": 0.1, "batch_size": 60, "lr_batch": 60, "ema_decay": 0.97, "grad_clip": 1.0}
_TEACHER_ON_SVHN = {"svhn": {"lr": 0.2}}
FEW_LABELS = {
    "mean-teacher": FewLabels(
        _TEACHER, {"epochs": 300}, _TEACHER_ON_SVHN, digits_epochs=60, own_lr=0.1, own_batch=20, stretch=350 / 300,
    ),
    # Its Mean Teacher, whose network has two heads and a decoder, on two GPUs.
    "samosa": FewLabels(
        _TEACHER, {"epochs": 300, "lr": 0.2, "batch_size": 124, "lr_batch": 124},
        {
            "svhn": {"epochs": 150, "cosine_epochs": 200.0, "batch_size": 30, "lr_batch": 30},
            "mnist-m": {"batch_size": 30, "lr_batch": 30},
        },
        digits_epochs=60, own_lr=0.1, own_batch=20, stretch=350 / 300,
    ),
    "scimix-generator": FewLabels(
        _TEACHER, {"epochs": 300}, _TEACHER_ON_SVHN, digits_epochs=90, own_lr=0.1, own_batch=20, stretch=350 / 300,
    ),
    "mixmatch": FewLabels(
        {**_ADAMW, "lr": 0.002, "batch_size": 64, "lr_batch": 64, "ema_decay": 0.99, "grad_clip": 1.0},
        {"epochs": 900, "ema_decay": 0.999, "batch_size": 256, "lr_batch": 256, "network": "wrn-28-2-leaky-norm"},
        {}, digits_epochs=30,
    ),
    "fixmatch": FewLabels(
        {**_SGD, "lr": 0.015, "batch_size": 32, "lr_batch": 32, "ema_decay": 0.99},
        {"epochs": 1000, "ema_decay": 0.999}, {"svhn": {"lr": 0.03}},
        digits_epochs=60, own_lr=0.06, own_batch=16, stretch=1050 / 1000,
    ),
}  # fmt: skip

# Chapter 2: what learns from few labels, builds on it, or is compared with it.
CHAPTER_2 = (*FEW_LABELS, "scimix", "adain")
# The data of 32 px that the thesis trains these methods on (A.1.1, A.1.2).
THESIS_DATA = ("cifar10", "cifar100", "svhn", "mnist-m")


def few_labels_recipe(recipe: Recipe, method: str, data: str, *, short: bool) -> Recipe:
    """``recipe``, of ``data``, as ``method`` of ``FEW_LABELS`` changes it; ``short`` where it is trained for minutes."""
    few = FEW_LABELS.get(method)
    if few is None:
        return recipe
    changes = dict(few.everywhere)
    if data in THESIS_DATA:
        changes |= {"network": "wrn-28-2-leaky", **few.thesis, **few.of_data.get(data, {})}
    elif data in ("digits", "digits-m"):
        changes["epochs"] = few.digits_epochs
    if method == "scimix-generator":
        changes["color_jitter"] = 0.0  # the guide sees colours of its own
    if short and few.own_lr is not None:
        changes["lr"] = few.own_lr
        changes["batch_size"] = changes["lr_batch"] = few.own_batch or changes["batch_size"]
    changed = replace(recipe, source=f"{recipe.source}; {method} after thesis A.1.1, A.1.2", **changes)
    return changed if "cosine_epochs" in changes else replace(changed, cosine_epochs=changed.epochs * few.stretch)


def samosa_options(data: str, base: str | None, *, once: bool) -> dict[str, Any]:
    """Options of SAMOSA upon ``base`` that are others than its defaults on ``data`` (A.1.1); ``once``: in a single cycle."""
    if data not in THESIS_DATA:
        return {}
    options: dict[str, Any] = {} if data.startswith("cifar") else {"regularisation": 0.1}
    if base == "mean-teacher":
        options["unlabelled_batch"] = 388 if data.startswith("cifar") else 500
        if data == "svhn" and not once:
            options |= {"start": 50 / 150, "stop": 100 / 150}
    return options
