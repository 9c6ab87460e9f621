"""Settings of chapter 2: its data with few labels, and what each of its methods is trained with."""

from __future__ import annotations

from typing import Any

from contentmix.studies.study import Row, RunOf, Scale

NETWORK = "wrn-28-2-leaky"  # E_c, E_r and every classifier (A.1.1.1, A.1.2.4)
MIXMATCH_NETWORK = "wrn-28-2-leaky-norm"  # with MixMatch, shortcuts are normalised (A.1.1.1, table A.5)

# What is not said here is the recipe of each method on its data (A.1.1, A.1.2): the last epoch stands.
SCALE = Scale({"network": NETWORK})


def setting(data: str, labels: int) -> dict[str, Any]:
    """Data of which some images are labelled."""
    return {"data": data, "labels": labels}


def mean_teacher(data: str, labels: int, printed: str) -> Row:
    """Mean Teacher as SciMix is compared with it."""
    return Row(f"mean-teacher-{data}-{labels}", "mean-teacher", setting(data, labels), {"top1": printed})


def generator(data: str, labels: int, printed: dict[str, str] | None = None, oracle: str | None = None) -> Row:
    """SciMix's generator."""
    return Row(f"generator-{data}-{labels}", "scimix-generator", setting(data, labels), printed or {}, oracle=oracle)


def scimix(data: str, labels: int, printed: str, name: str = "scimix", **options: Any) -> Row:
    """A new classifier that learns from the generator of the same data, labels and seed, or from mixtures."""
    mixtures = "hybrids" in options
    given = {} if mixtures else {"generator": RunOf(f"generator-{data}-{labels}")}
    return Row(f"{name}-{data}-{labels}", "scimix", {**setting(data, labels), **given, **options}, {"top1": printed})


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
