"""Settings of chapter 2: its data with few labels, and what each of its methods is trained with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.study import Row, RunOf, Scale

NETWORK = "wrn-28-2-leaky"  # E_c, E_r and every classifier (A.1.1.1, A.1.2.4)
MIXMATCH_NETWORK = "wrn-28-2-leaky-norm"  # with MixMatch, shortcuts are normalised (A.1.1.1, table A.5)


def _taught(data: str, labels: int, *variants: str) -> dict[str, dict[str, Any]]:
    """Generators whose guide is the table's Mean Teacher, as it is: the warm-up that they would share."""
    options = {"init": RunOf(f"mean-teacher-{data}-{labels}"), "warmup": 0.0, "ema_decay": 0.99}
    # Labels teach nothing any more: few of them; and on the smaller set smaller batches, for more steps of as many images.
    few = {"epochs": 20, "batch_size": 12, "unlabelled_batch": 36}
    few = few if data == "svhn" else {"batch_size": 4, "unlabelled_batch": 124}
    return {f"generator-{variant}{data}-{labels}": options | few for variant in ("", *variants)}


_SMALL = Scale(
    {"network": NETWORK},
    networks={NETWORK: "wrn-10-1", MIXMATCH_NETWORK: "wrn-10-1", "wrn-28-10": "wrn-10-2"},
    data={
        # One pass: a thousand steps, as on the other sets.
        "cifar10": {"data": "fashion-mnist-m", "image_size": 16, "epochs": 1},
        # From six labels of a class guides learn too little here; table 2.5's 250 are what they are.
        "svhn": {"data": "digits-m", "image_size": 16, "labels": 100},
        "mnist-m": {"data": "digits-m", "image_size": 16},
        "cub-200": {"data": "digits-m", "image_size": 16},
    },
    # Chosen for runs of hundreds of thousands of steps.
    without=(
        "epochs",
        "cosine_epochs",
        "batch_size",
        "unlabelled_batch",
        "lr",
        "schedule",
        "weight_decay",
        "warmup_epochs",
    ),
    own={
        "oracle-svhn": {"epochs": 60, "color_jitter": 0.5, "labels": None},
        "adain": {"labels": None},
        "oracle-mnist-m": {"epochs": 60, "color_jitter": 0.5},
        **_taught("cifar10", 100),
        **_taught("cifar10", 250),
        "mean-teacher-svhn-250": {"labels": 250},
        "generator-svhn-250": {**_taught("svhn", 250)["generator-svhn-250"], "labels": 250},
        **(_variants := _taught("svhn", 60, "flipped-", "no-hybrids-", "basic-", "unfrozen-", "guide-learns-")),
        "generator-unfrozen-svhn-60": {**_variants["generator-unfrozen-svhn-60"], "freeze_guide": False},
    },
)
SCALES = {
    # What is not said here is the recipe of each method on these data (A.1.1, A.1.2): the last epoch stands.
    "thesis": Scale({"network": NETWORK}),
    "small": _SMALL,
}
# A step of SAMOSA with its decoder takes several of Mean Teacher's: there, three cycles are fewer steps than one is elsewhere.
SAMOSA_SCALES = {
    "thesis": SCALES["thesis"],
    "small": replace(
        _SMALL,
        options={"network": NETWORK, "epochs": 15},
        data={name: {"data": "digits-m", "image_size": 16} for name in ("cifar10", "svhn", "mnist-m")},
    ),
}


def setting(data: str, labels: int) -> dict[str, Any]:
    """Data of which some images are labelled."""
    return {"data": data, "labels": labels}


def _top1(printed: str | None) -> dict[str, str]:
    return {} if printed is None else {"top1": printed}


def mean_teacher(data: str, labels: int, printed: str | None = None) -> Row:
    """Mean Teacher as SciMix is compared with it."""
    return Row(f"mean-teacher-{data}-{labels}", "mean-teacher", setting(data, labels), _top1(printed))


def generator(data: str, labels: int, printed: dict[str, str] | None = None, oracle: str | None = None) -> Row:
    """SciMix's generator."""
    return Row(f"generator-{data}-{labels}", "scimix-generator", setting(data, labels), printed or {}, oracle=oracle)


def scimix(data: str, labels: int, printed: str | None, name: str = "scimix", **options: Any) -> Row:
    """A new classifier that learns from the generator of the same data, labels and seed, or from mixtures."""
    mixtures = "hybrids" in options
    given = {} if mixtures else {"generator": RunOf(f"generator-{data}-{labels}")}
    return Row(f"{name}-{data}-{labels}", "scimix", {**setting(data, labels), **given, **options}, _top1(printed))


def oracle(data: str) -> Row:
    """The classifier trained on all labels that stands for a person (section 2.5.3.1)."""
    return Row(f"oracle-{data}", "supervised", {"data": data, "network": "wrn-28-10", "select": "last"})


# Two heads and a decoder on two GPUs (A.1.1).
_SAMOSA: dict[str, dict[str, Any]] = {
    "cifar10": {"batch_size": 124, "unlabelled_batch": 388, "lr": 0.2},
    "svhn": {"batch_size": 30, "unlabelled_batch": 500, "lr": 0.2, "epochs": 150, "cosine_epochs": 200},
    "mnist-m": {"batch_size": 30, "unlabelled_batch": 500, "lr": 0.2},
}
# Epochs 50 to 100 of 150 on SVHN; the others have the default, 150 to 250 of 300.
_WINDOWS = {"svhn": {"start": 50 / 150, "stop": 100 / 150}}
WEIGHTS = {"cifar10": 0.5, "svhn": 0.1, "mnist-m": 0.1}  # of the regularisation
NO_HYBRIDS: dict[str, Any] = {"start": 0.0, "stop": 0.0}
NOTHING_BESIDE: dict[str, Any] = {"reconstruction": 0.0, "regularisation": 0.0, **NO_HYBRIDS}


def samosa_training(data: str, labels: int, *, reduced: bool = False) -> dict[str, Any]:
    """What SAMOSA's Mean Teacher, and the one that it is compared with, are trained with.

    Args:
        data: set.
        labels: how many.
        reduced: batches and learning rate halved, on one GPU, as in the case study (A.1.1, A.3.2).
    """
    options = {**setting(data, labels), **_SAMOSA[data]}
    if reduced:
        options |= {name: options[name] // 2 for name in ("batch_size", "unlabelled_batch")} | {"lr": options["lr"] / 2}
    return options


def samosa(data: str, labels: int, *, reduced: bool = False, **options: Any) -> dict[str, Any]:
    """Options of SAMOSA with Mean Teacher."""
    own = {"regularisation": WEIGHTS[data], **_WINDOWS.get(data, {})}
    return {**samosa_training(data, labels, reduced=reduced), **own, **options}
