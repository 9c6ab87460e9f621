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
        svhn_lr: learning rate on SVHN.
        digits_epochs: on the small embedded sets, whose epochs have few steps.
        own_lr: where it is trained for minutes, and a run has a thousand steps instead of hundreds of thousands; chosen by the
            accuracy on unlabelled training images. None keeps the thesis's.
        own_batch: labelled images of a batch there, for ``own_lr``.
        stretch: the cosine reaches 0 so many times later than training stops.
    """

    everywhere: dict[str, Any]
    thesis: dict[str, Any]
    svhn_lr: float
    digits_epochs: int
    own_lr: float | None = None
    own_batch: int | None = None
    stretch: float = 1.0


# Gradients of norm 1 are A.1.1's, of SAMOSA; A.1.2 says nothing of SciMix, which has the same Mean Teacher, and so them too.
_COLD = {"warmup_epochs": 0.0, "warmup_share": None}
_SGD = {"weight_decay": 5e-4, "schedule": "cosine", **_COLD}
_ADAMW = {"optimizer": "adamw", "weight_decay": 0.02, "schedule": "constant", **_COLD}
FEW_LABELS = {
    "mean-teacher": FewLabels(
        {**_SGD, "lr": 0.1, "batch_size": 60, "lr_batch": 60, "ema_decay": 0.97, "grad_clip": 1.0},
        {"epochs": 300}, svhn_lr=0.2, digits_epochs=60, own_lr=0.1, own_batch=20, stretch=350 / 300,
    ),
    "scimix-generator": FewLabels(
        {**_SGD, "lr": 0.1, "batch_size": 60, "lr_batch": 60, "ema_decay": 0.97, "grad_clip": 1.0},
        {"epochs": 300}, svhn_lr=0.2, digits_epochs=90, own_lr=0.1, own_batch=20, stretch=350 / 300,
    ),
    "mixmatch": FewLabels(
        {**_ADAMW, "lr": 0.002, "batch_size": 64, "lr_batch": 64, "ema_decay": 0.99, "grad_clip": 1.0},
        {"epochs": 900, "ema_decay": 0.999, "batch_size": 256, "lr_batch": 256, "network": "wrn-28-2-leaky-norm"},
        svhn_lr=0.002, digits_epochs=30,
    ),
    "fixmatch": FewLabels(
        {**_SGD, "lr": 0.015, "batch_size": 32, "lr_batch": 32, "ema_decay": 0.99},
        {"epochs": 1000, "ema_decay": 0.999}, svhn_lr=0.03, digits_epochs=60, own_lr=0.06, own_batch=16, stretch=1050 / 1000,
    ),
}  # fmt: skip

# Chapter 2: what learns from few labels, builds on it, or is compared with it.
CHAPTER_2 = (*FEW_LABELS, "samosa", "scimix", "adain")
# The data of 32 px that the thesis trains these methods on (A.1.1, A.1.2).
THESIS_DATA = ("cifar10", "cifar100", "svhn", "mnist-m")


def few_labels_recipe(recipe: Recipe, method: str, data: str, *, short: bool) -> Recipe:
    """``recipe``, of ``data``, as ``method`` of ``FEW_LABELS`` changes it; ``short`` where it is trained for minutes."""
    few = FEW_LABELS.get(method)
    if few is None:
        return recipe
    changes = dict(few.everywhere)
    if data in THESIS_DATA:
        changes |= {"network": "wrn-28-2-leaky", **few.thesis, **({"lr": few.svhn_lr} if data == "svhn" else {})}
    elif data in ("digits", "digits-m"):
        changes["epochs"] = few.digits_epochs
    if method == "scimix-generator":
        changes["color_jitter"] = 0.0  # the guide sees colours of its own
    if short and few.own_lr is not None:
        changes["lr"] = few.own_lr
        changes["batch_size"] = changes["lr_batch"] = few.own_batch or changes["batch_size"]
    changed = replace(recipe, source=f"{recipe.source}; {method} after thesis A.1.1, A.1.2", **changes)
    return replace(changed, cosine_epochs=changed.epochs * few.stretch)
