"""How each data set is trained unless told otherwise: the thesis's recipe where it gives one."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from contentmix.experiments.config import Config
from contentmix.experiments.methods import method_defaults
from contentmix.experiments.options import RunOptions
from contentmix.networks import is_transformer


@dataclass(frozen=True)
class Recipe:
    """Values for the options of the same names; ``source`` says where they come from.

    ``lr`` is for ``lr_batch`` images: with another batch size it scales linearly, or by the square root of the ratio.
    ``warmup_share`` warms up over a share of the run, whatever its length, in place of ``warmup_epochs``.
    """

    source: str
    network: str
    epochs: int
    batch_size: int
    lr: float
    lr_batch: int
    weight_decay: float
    schedule: Literal["step", "cosine", "constant"]
    milestones: tuple[float, ...] = ()
    warmup_epochs: float = 1.0
    optimizer: Literal["sgd", "adamw"] = "sgd"
    momentum: float = 0.9
    gamma: float = 0.1
    cosine_epochs: float | None = None
    grad_clip: float | None = None
    ema_decay: float | None = None
    autoaugment: bool = False
    random_erasing: float = 0.0
    drop_path: float = 0.0
    color_jitter: float = 0.0
    lr_scaling: Literal["linear", "sqrt"] = "linear"
    warmup_share: float | None = None


_CIFAR = Recipe(
    "thesis A.1.3.1, after MIMO", "wrn-28-10", 300, 64, 0.1, 128, 6e-4, "step", milestones=(100, 200, 225)
)  # fmt: skip
_SMALL = "sized for two CPU cores"

RECIPES = {
    "cifar10": _CIFAR,
    "cifar100": _CIFAR,
    "svhn": _CIFAR,
    "mnist": replace(
        _CIFAR, source="the CIFAR recipe, shortened", network="wrn-28-2", epochs=30, milestones=(10, 20, 25)
    ),
    "tiny-imagenet": Recipe(
        "thesis A.1.3.1, after Puzzle-Mix", "preactresnet18-1", 1200, 100, 0.2, 100, 1e-4, "step", (600, 900), 0.0
    ),
    "digits": Recipe(_SMALL, "wrn-10-1", 30, 64, 0.1, 128, 6e-4, "cosine"),
    "digits-m": Recipe(_SMALL, "wrn-10-1", 30, 64, 0.1, 128, 6e-4, "cosine", color_jitter=1.0),
    "fashion-mnist": Recipe(_SMALL, "wrn-10-1", 3, 64, 0.1, 128, 6e-4, "cosine", warmup_epochs=0.25),
    "fashion-mnist-m": Recipe(
        _SMALL, "wrn-10-1", 3, 64, 0.1, 128, 6e-4, "cosine", warmup_epochs=0.25, color_jitter=1.0
    ),
}
SMALL_FOLDER = Recipe("the CIFAR recipe, a third as long", "wrn-28-2", 100, 64, 0.1, 128, 6e-4, "step", (33, 66, 75))
LARGE_FOLDER = Recipe(
    "ResNet-18 on ImageNet, as torchvision trains it", "resnet18-1", 90, 256, 0.1, 256, 1e-4, "step", (30, 60, 80), 0.0
)


@dataclass(frozen=True)
class FewLabels:
    """What a method that learns from few labels changes in the recipe of a data set.

    Attributes:
        everywhere: values on any data.
        thesis: values on the thesis's 32 px data.
        svhn_lr: learning rate on SVHN.
        digits_epochs: on the small embedded sets, whose epochs have few steps.
        own_lr: on this package's small data, where a run has a thousand steps instead of hundreds of thousands; chosen by the
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


_SGD = {"weight_decay": 5e-4, "schedule": "cosine", "warmup_epochs": 0.0}
_ADAMW = {"optimizer": "adamw", "weight_decay": 0.02, "schedule": "constant", "warmup_epochs": 0.0}
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
        {"epochs": 900, "ema_decay": 0.999, "batch_size": 256, "lr_batch": 256}, svhn_lr=0.002, digits_epochs=30,
    ),
    "fixmatch": FewLabels(
        {**_SGD, "lr": 0.015, "batch_size": 32, "lr_batch": 32, "ema_decay": 0.99},
        {"epochs": 1000, "ema_decay": 0.999}, svhn_lr=0.03, digits_epochs=60, own_lr=0.06, own_batch=16, stretch=1050 / 1000,
    ),
}  # fmt: skip


# The learning rate is for 1024 images of ImageNet; with as many as fit it follows the square root of the ratio (A.1.5).
_BATCH, _LARGE_BATCH, _EPOCHS = 128, 1024, 150
_DATA_OF_ITS_OWN = ("digits", "digits-m", "fashion-mnist", "fashion-mnist-m")


def _transformer(recipe: Recipe, method: str, network: str, data: str, image_size: int) -> Recipe:
    """DeiT's recipe as the thesis has it (A.1.5), which single-input baselines share."""
    own = data in _DATA_OF_ITS_OWN
    # An epoch of digits has a dozen steps: a transformer needs more of them than a CNN.
    epochs = (4 if data in ("digits", "digits-m") else 1) * recipe.epochs if own else _EPOCHS
    cait = 0.05 if network.startswith("cait") else 0.0
    doubled = 2 if method == "mixvit" and (data == "tiny-imagenet" or image_size > 64) else 1
    return Recipe(
        source=f"thesis A.1.5, after DeiT{', shortened' if own else ''}",
        network=network,
        epochs=epochs,
        batch_size=_BATCH,
        lr=1e-3,
        lr_batch=_LARGE_BATCH if image_size > 64 else _BATCH,
        lr_scaling="sqrt",
        weight_decay=0.05 * doubled,
        schedule="step",
        milestones=tuple(epochs * epoch / _EPOCHS for epoch in (125, 140)),
        warmup_share=0.1,
        optimizer="adamw",
        autoaugment=not own,
        random_erasing=0.25,
        drop_path=cait * doubled,
        color_jitter=recipe.color_jitter,
    )


# Options of methods on this package's small data: where steps are few, and images too small for the thesis's sizes.
_OWN_OPTIONS: dict[str, dict[str, Any]] = {
    # Small batches: as many images make four times the steps.
    "mean-teacher": {"unlabelled_batch": 64},
    "fixmatch": {"unlabelled_batch": 56},
    "mixmatch": {"ramp_steps": 500},
    "scimix-generator": {
        # With the thesis's 0.5 and 0.05 hybrids keep the strokes of their context: small images are little else.
        "hybrid_class": 3.0,
        "away_class": 0.3,
        "judge_shift": 0.125,
        "warmup": 0.65,
        "freeze_guide": True,
        "r1": 0.1,
        "generator_optimizer": "adam",
        "unlabelled_batch": 64,
    },
}


def method_options(method: str, base: str, data: str) -> dict[str, Any]:
    """Options of ``method``, which builds on ``base`` or is it, that are others than its defaults, the thesis's, on ``data``."""
    own = _OWN_OPTIONS.get(base, {}) if data in _DATA_OF_ITS_OWN else {}
    options = {name: value for name, value in own.items() if name in method_defaults(method)}
    if method == "scimix-generator" and RECIPES.get(data, LARGE_FOLDER).color_jitter:
        return {**options, "guide_jitter": RECIPES[data].color_jitter, "critic_jitter": RECIPES[data].color_jitter}
    return options


def with_method_options(config: Config) -> Config:
    """``config`` with the options of its method that are others than its defaults on its data, where it does not say."""
    base = base_method(config.method, config.method_options)
    own = method_options(config.method, base, config.run.data)
    return replace(config, method_options={**own, **config.method_options})


def base_method(method: str, options: dict[str, Any]) -> str:
    """The method whose recipe ``method`` is trained by: its base where it builds on one."""
    base: str = options.get("base", method_defaults(method).get("base", method))
    return base


def recipe_for(method: str, data: str, image_size: int, network: str | None = None) -> Recipe:
    """The recipe of a data set whose images are ``image_size`` px wide, as ``method`` and a ``network`` change it."""
    recipe = RECIPES.get(data, SMALL_FOLDER if image_size <= 64 else LARGE_FOLDER)
    if method == "mixvit" and network is None:
        network = "convit-64-3-4" if data in _DATA_OF_ITS_OWN else "convit"
    if network is not None and method not in FEW_LABELS and is_transformer(network):
        return _transformer(recipe, method, network, data, image_size)
    few = FEW_LABELS.get(method)
    if few is None:
        return recipe
    changes = dict(few.everywhere)
    if data in ("cifar10", "cifar100", "svhn"):
        changes |= {"network": "wrn-28-2-leaky", **few.thesis, **({"lr": few.svhn_lr} if data == "svhn" else {})}
    elif data in ("digits", "digits-m"):
        changes["epochs"] = few.digits_epochs
    if method == "scimix-generator":
        changes["color_jitter"] = 0.0  # the guide sees colours of its own
    if data in _DATA_OF_ITS_OWN and few.own_lr is not None:
        changes["lr"] = few.own_lr
        changes["batch_size"] = changes["lr_batch"] = few.own_batch or changes["batch_size"]
    changed = replace(recipe, source=f"{recipe.source}; {method} after thesis A.1.1, A.1.2", **changes)
    return replace(changed, cosine_epochs=changed.epochs * few.stretch)


def resolve(
    options: RunOptions, image_size: int, method: str = "supervised", *, unlabelled: bool = False
) -> RunOptions:
    """``options`` with every None filled in by the recipe of its data set, whose images are ``image_size`` px wide.

    Args:
        options: of the run.
        image_size: side in pixels.
        method: what is trained.
        unlabelled: whether some images have no label; without a word on it, no label is then spent on selection.
    """
    recipe = recipe_for(method, options.data, image_size, options.network)
    batch_size = options.batch_size or recipe.batch_size
    values = {
        field.name: getattr(recipe, field.name)
        for field in fields(recipe)
        if field.name not in ("source", "lr_batch", "lr", "lr_scaling", "warmup_share")
        and getattr(options, field.name) is None
    }
    # A shorter or longer run decays at the same share of its length.
    length = (options.epochs or recipe.epochs) / recipe.epochs
    if options.milestones is None:
        values["milestones"] = tuple(round(m * length, 2) for m in recipe.milestones)
    if options.warmup_epochs is None and recipe.warmup_share is not None:
        values["warmup_epochs"] = round(recipe.warmup_share * (options.epochs or recipe.epochs), 2)
    if options.cosine_epochs is None and recipe.cosine_epochs is not None:
        values["cosine_epochs"] = round(recipe.cosine_epochs * length, 2)
    if options.select is None:
        values["select"] = "last" if unlabelled else "validation"
    if options.augmix:
        values["autoaugment"] = False
    ratio = batch_size / recipe.lr_batch
    lr = recipe.lr * (ratio if recipe.lr_scaling == "linear" else ratio**0.5) if options.lr is None else options.lr
    return replace(options, lr=lr, **values)
