"""How each data set is trained unless told otherwise: the thesis's recipe where it gives one."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

from contentmix.experiments.options import RunOptions


@dataclass(frozen=True)
class Recipe:
    """Values for the options of the same names; ``source`` says where they come from.

    ``lr`` is for ``lr_batch`` images: with another batch size it scales linearly.
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
    "digits-m": Recipe(_SMALL, "wrn-10-1", 30, 64, 0.1, 128, 6e-4, "cosine"),
    "fashion-mnist": Recipe(_SMALL, "wrn-10-1", 3, 64, 0.1, 128, 6e-4, "cosine", warmup_epochs=0.25),
    "fashion-mnist-m": Recipe(_SMALL, "wrn-10-1", 3, 64, 0.1, 128, 6e-4, "cosine", warmup_epochs=0.25),
}
SMALL_FOLDER = Recipe("the CIFAR recipe, a third as long", "wrn-28-2", 100, 64, 0.1, 128, 6e-4, "step", (33, 66, 75))
LARGE_FOLDER = Recipe(
    "ResNet-18 on ImageNet, as torchvision trains it", "resnet18-1", 90, 256, 0.1, 256, 1e-4, "step", (30, 60, 80), 0.0
)


def resolve(options: RunOptions, image_size: int) -> RunOptions:
    """``options`` with every None filled in by the recipe of its data set, whose images are ``image_size`` px wide."""
    recipe = RECIPES.get(options.data, SMALL_FOLDER if image_size <= 64 else LARGE_FOLDER)
    batch_size = options.batch_size or recipe.batch_size
    values = {
        field.name: getattr(recipe, field.name)
        for field in fields(recipe)
        if field.name not in ("source", "lr_batch", "lr") and getattr(options, field.name) is None
    }
    if options.epochs and options.milestones is None:
        # A shorter or longer run decays at the same share of its length.
        values["milestones"] = tuple(round(m * options.epochs / recipe.epochs, 2) for m in recipe.milestones)
    lr = recipe.lr * batch_size / recipe.lr_batch if options.lr is None else options.lr
    return replace(options, lr=lr, **values)
