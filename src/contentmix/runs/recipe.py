"""Recipes of data sets: how each is trained unless a method or its options say otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from contentmix.devices import device_of


@dataclass(frozen=True)
class Recipe:
    """Values for the options of the same names; ``source`` says where they come from.

    ``lr`` is for ``lr_batch`` images: with another batch size it scales linearly, or by the square root of the ratio.
    ``warmup_share`` warms up over a share of the run, whatever its length, in place of ``warmup_epochs``; likewise
    ``head_warmup_share``.
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
    layer_decay: float | None = None
    head_warmup_share: float | None = None


_CIFAR = Recipe(
    "thesis A.1.3.1, after MIMO", "wrn-28-10", 300, 64, 0.1, 128, 6e-4, "step", milestones=(100, 200, 225)
)  # fmt: skip
_THIRD = "the CIFAR recipe, a third as long"
_PHOTOS = Recipe(
    "ResNet-18 on ImageNet, as torchvision trains it", "resnet18-1", 90, 256, 0.1, 256, 1e-4, "step", (30, 60, 80), 0.0
)
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
    "mnist-m": replace(_CIFAR, source=_THIRD, network="wrn-28-2", epochs=100, milestones=(33, 66, 75)),
    "imagenet-100": _PHOTOS,
    "cub-200": _PHOTOS,
    "digits": Recipe(_SMALL, "wrn-10-1", 30, 64, 0.1, 128, 6e-4, "cosine"),
    "digits-m": Recipe(_SMALL, "wrn-10-1", 30, 64, 0.1, 128, 6e-4, "cosine", color_jitter=1.0),
    "fashion-mnist": Recipe(_SMALL, "wrn-10-1", 3, 64, 0.1, 128, 6e-4, "cosine", warmup_epochs=0.25),
    "fashion-mnist-m": Recipe(
        _SMALL, "wrn-10-1", 3, 64, 0.1, 128, 6e-4, "cosine", warmup_epochs=0.25, color_jitter=1.0
    ),
}
# Sets that need no licence or download: small, and trained for minutes.
DATA_OF_ITS_OWN = ("digits", "digits-m", "fashion-mnist", "fashion-mnist-m")


def trained_for_minutes(data: str, device: str) -> bool:
    """Whether a run on ``data`` is so short that the thesis's values, for days of training, do not serve.

    Args:
        data: of a run: this package's small sets always are, one's own data on a CPU.
        device: the option of that name.
    """
    return data in DATA_OF_ITS_OWN or (data not in RECIPES and device_of(device).type == "cpu")
