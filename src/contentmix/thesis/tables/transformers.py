"""Tables 4.1 to 4.3: MixViT, single-input transformers, and MIMO and MixMo on either kind of network."""

from __future__ import annotations

from typing import Any

from contentmix.studies.study import Row, Scale, Study
from contentmix.thesis.table import table
from contentmix.thesis.tables.lines import mixed

# DeiT's regularisation (A.1.5), which mixvit has by default.
MSDA: dict[str, Any] = {"mix": "cutmix-mixup", "label_smoothing": 0.1}
_DEIT = {**MSDA, "batch_augmentations": 3}
# MIMO and MixMo as chapter 4 trains them: no batch repetition, losses weighed by the ratios (A.1.5).
_NAIVE = {**_DEIT, "batch_repetition": 1}
MIXMO = {**_NAIVE, "r": 1.0}
_NO_SUM = {**MIXMO, "prob": 1.0, "linear_end": False, "inference": "separate"}


def scale(data: str, **options: Any) -> Scale:
    """Of a table on ``data``, all of whose rows have ``options``."""
    return Scale({"data": data, "network": "convit", "epochs": 150, "select": "test", **options})


def single(top1: str, name: str = "single", **options: Any) -> Row:
    """The network alone."""
    return Row(name, "supervised", {**_DEIT, **options}, {"top1": top1})


def mixvit(attribution: str, top1: str, name: str | None = None, as_: str | None = None, **options: Any) -> Row:
    """MixViT, or the networks of the row ``as_`` with another inference."""
    name = name or f"mixvit-{attribution}"
    return Row(name, "mixvit", {"attribution": attribution, **options}, {"top1": top1}, trained_as=as_)


CIFAR_100 = scale("cifar100")
NAIVE = table(
    "4.1",
    "MIMO formulations of vision transformers",
    (
        single("79.5 ± 0.1"),
        Row("mimo-sum", "mimo", _NAIVE, {"top1": "77.1 ± 0.1", "member_top1_mean": "74.8 ± 0.1"}),
        Row("mixmo-sum", "cut-mixmo", MIXMO, {"top1": "77.0 ± 0.2", "member_top1_mean": "75.2 ± 0.1"}),
        Row(
            "mixmo-separate", "cut-mixmo", {**MIXMO, "inference": "separate"},
            {"top1": "78.5 ± 0.2", "member_top1_mean": "76.4 ± 0.1"}, trained_as="mixmo-sum",
        ),
        Row("mixmo-cutmix-only", "cut-mixmo", _NO_SUM, {"top1": "80.1 ± 0.2", "member_top1_mean": "78.3 ± 0.3"}),
        mixvit("embedding", "82.4 ± 0.1"),
        mixvit("encoding", "82.1 ± 0.1"),
    ),
    CIFAR_100,
)  # fmt: skip


_GAINS = "Gains from MixViT on {}"


def _gains(number: str, data: str, printed: dict[str, tuple[str, str, str]]) -> Study:
    rows = []
    for network, (alone, embedding, encoding) in printed.items():
        prefix = f"{network}-" if len(printed) > 1 else ""
        rows.append(single(alone, f"{prefix}single", network=network))
        rows.append(mixvit("embedding", embedding, f"{prefix}mixvit-embedding", network=network))
        rows.append(mixvit("encoding", encoding, f"{prefix}mixvit-encoding", network=network))
    large = {"batch_size": 1024} if data == "imagenet-100" else {}
    return table(number, _GAINS.format(data), tuple(rows), scale(data, **large))


GAINS = (
    _gains(
        "4.2a", "tiny-imagenet",
        {
            "convit": ("65.4 ± 0.2", "70.0 ± 0.1", "70.2 ± 0.2"),
            "cait-xxs-24": ("66.2 ± 0.3", "68.6 ± 0.3", "69.6 ± 0.2"),
            "cait-xs-24": ("68.6 ± 0.1", "69.4 ± 0.1", "70.9 ± 0.2"),
        },
    ),
    _gains(
        "4.2b", "imagenet-100",
        {
            "convit": ("86.6 ± 0.2", "88.8 ± 0.3", "88.6 ± 0.5"),
            "cait-xxs-24": ("85.8 ± 0.2", "87.2 ± 0.3", "86.7 ± 0.2"),
            "cait-xs-24": ("87.6 ± 0.4", "89.7 ± 0.3", "89.3 ± 0.2"),
        },
    ),
    table(
        "4.2c", _GAINS.format("cifar100"),
        tuple(map(NAIVE.row, ("single", "mixvit-embedding", "mixvit-encoding"))), CIFAR_100, runs_of="4.1",
    ),
    _gains("4.2d", "cifar10", {"convit": ("96.1 ± 0.1", "96.5 ± 0.2", "96.5 ± 0.2")}),
)  # fmt: skip

# MixMo's own figures of table 3.5, rounded: single networks have CutMix there, MixMo four repetitions.
_CNN: dict[str, Any] = {"epochs": 1200, **mixed("cutmix")}
_CNN_MIXMO: dict[str, Any] = {"epochs": 1200, "batch_repetition": 4}
AGAINST_CNNS = table(
    "4.3",
    "MixViT and MixMo's convolutional networks on Tiny ImageNet",
    (
        Row("resnet18-single", "supervised", {"network": "preactresnet18-1", **_CNN}, {"top1": "65.1"}),
        Row("resnet18-mixmo", "cut-mixmo", {"network": "preactresnet18-1", **_CNN_MIXMO}, {"top1": "64.4"}),
        Row("resnet18-3-single", "supervised", {"network": "preactresnet18-3", **_CNN}, {"top1": "69.0"}),
        Row("resnet18-3-mixmo", "cut-mixmo", {"network": "preactresnet18-3", **_CNN_MIXMO}, {"top1": "70.2"}),
        single("68.6 ± 0.1", network="cait-xs-24"),
        mixvit("embedding", "69.4 ± 0.1", network="cait-xs-24"),
        mixvit("encoding", "70.9 ± 0.2", network="cait-xs-24"),
    ),
    scale("tiny-imagenet"),
)  # fmt: skip

TABLES_OF_TRANSFORMERS = (NAIVE, *GAINS, AGAINST_CNNS)
