"""Tables of chapter 4 that compare MixViT with single-input transformers and with MIMO and MixMo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.experiments.tables.table import Row, Scale, Table

# DeiT's regularisation (A.1.5), which mixvit has by default.
_MSDA: dict[str, Any] = {"mix": "cutmix-mixup", "label_smoothing": 0.1}
_DEIT = {**_MSDA, "batch_augmentations": 3}
# MIMO and MixMo as chapter 4 trains them: no batch repetition, losses weighed by the ratios (A.1.5).
_NAIVE = {**_DEIT, "batch_repetition": 1}
_MIXMO = {**_NAIVE, "r": 1.0}
_NO_SUM = {**_MIXMO, "prob": 1.0, "linear_end": False, "inference": "separate"}

_SMALL = Scale(
    {"data": "fashion-mnist", "network": "convit"},
    data={"cifar10": {"data": "fashion-mnist-m", "image_size": 28}},
    networks={
        "convit": "convit-64-3-4-7",
        "cait-xxs-24": "cait-48-6-4",
        "cait-xs-24": "cait-72-6-4",
        "preactresnet18-1": "wrn-10-1",
        "preactresnet18-3": "wrn-10-3",
        "wrn-28-5": "wrn-10-2",
    },
    shorten=3 / 150,
)


def _scales(data: str, **options: Any) -> dict[str, Scale]:
    return {
        "thesis": Scale({"data": data, "network": "convit", "epochs": 150, "select": "test", **options}),
        "small": _SMALL,
    }


def _single(top1: str, name: str = "single", **options: Any) -> Row:
    return Row(name, "supervised", {**_DEIT, **options}, {"top1": top1})


def _mixvit(attribution: str, top1: str, name: str | None = None, as_: str | None = None, **options: Any) -> Row:
    name = name or f"mixvit-{attribution}"
    return Row(name, "mixvit", {"attribution": attribution, **options}, {"top1": top1}, trained_as=as_)


NAIVE = Table(
    "4.1",
    "MIMO formulations of vision transformers",
    (
        _single("79.5 ± 0.1"),
        Row("mimo-sum", "mimo", _NAIVE, {"top1": "77.1 ± 0.1", "member_top1_mean": "74.8 ± 0.1"}),
        Row("mixmo-sum", "cut-mixmo", _MIXMO, {"top1": "77.0 ± 0.2", "member_top1_mean": "75.2 ± 0.1"}),
        Row(
            "mixmo-separate", "cut-mixmo", {**_MIXMO, "inference": "separate"},
            {"top1": "78.5 ± 0.2", "member_top1_mean": "76.4 ± 0.1"}, trained_as="mixmo-sum",
        ),
        Row("mixmo-cutmix-only", "cut-mixmo", _NO_SUM, {"top1": "80.1 ± 0.2", "member_top1_mean": "78.3 ± 0.3"}),
        _mixvit("embedding", "82.4 ± 0.1"),
        _mixvit("encoding", "82.1 ± 0.1"),
    ),
    _scales("cifar100"),
    epochs=150,
)  # fmt: skip


_GAINS = "Gains from MixViT on {}"


def _gains(number: str, data: str, printed: dict[str, tuple[str, str, str]]) -> Table:
    rows = []
    for network, (single, embedding, encoding) in printed.items():
        prefix = f"{network}-" if len(printed) > 1 else ""
        rows.append(_single(single, f"{prefix}single", network=network))
        rows.append(_mixvit("embedding", embedding, f"{prefix}mixvit-embedding", network=network))
        rows.append(_mixvit("encoding", encoding, f"{prefix}mixvit-encoding", network=network))
    large = {"batch_size": 1024} if data == "imagenet-100" else {}
    return Table(number, _GAINS.format(data), tuple(rows), _scales(data, **large), epochs=150)


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
    Table(
        "4.2c", _GAINS.format("cifar100"),
        tuple(map(NAIVE.row, ("single", "mixvit-embedding", "mixvit-encoding"))), NAIVE.scales, epochs=150, runs_of="4.1",
    ),
    _gains("4.2d", "cifar10", {"convit": ("96.1 ± 0.1", "96.5 ± 0.2", "96.5 ± 0.2")}),
)  # fmt: skip

# The CNNs of MixMo's own runs; their recipe is that of chapter 3, with four repetitions.
_CNN: dict[str, Any] = {"epochs": 1200}
AGAINST_CNNS = Table(
    "4.3",
    "MixViT and MixMo's convolutional networks on Tiny ImageNet",
    (
        Row("resnet18-single", "supervised", {"network": "preactresnet18-1", **_CNN}, {"top1": "65.1"}),
        Row("resnet18-mixmo", "cut-mixmo", {"network": "preactresnet18-1", "batch_repetition": 4, **_CNN}, {"top1": "64.4"}),
        Row("resnet18-3-single", "supervised", {"network": "preactresnet18-3", **_CNN}, {"top1": "69.0"}),
        Row("resnet18-3-mixmo", "cut-mixmo", {"network": "preactresnet18-3", "batch_repetition": 4, **_CNN}, {"top1": "70.2"}),
        _single("68.6 ± 0.1", network="cait-xs-24"),
        _mixvit("embedding", "69.4 ± 0.1", network="cait-xs-24"),
        _mixvit("encoding", "70.9 ± 0.2", network="cait-xs-24"),
    ),
    # Eight times the epochs of the transformers would be days.
    {**_scales("tiny-imagenet"), "small": replace(_SMALL, without=("epochs",))},
    epochs=150,
)  # fmt: skip

_PRINTED = {
    "single": ("72.3 ± 0.3", "75.3 ± 0.1", "74.9 ± 0.3", "79.5 ± 0.1"),
    "embedding": ("79.0 ± 0.5", "77.3 ± 0.2", "81.5 ± 0.4", "82.4 ± 0.1"),
    "encoding": ("77.7 ± 0.1", "75.8 ± 0.1", "81.7 ± 0.3", "82.1 ± 0.1"),
}
REGULARISATION = Table(
    "4.4",
    "With and without MSDA and batch augmentation",
    tuple(
        Row(
            f"{model if model == 'single' else f'mixvit-{model}'}{'-msda' if msda else ''}{'-ba' if augmented else ''}",
            "supervised" if model == "single" else "mixvit",
            {
                "mix": "cutmix-mixup" if msda else "none",
                "label_smoothing": 0.1,
                "batch_augmentations": 3 if augmented else 1,
                **({} if model == "single" else {"attribution": model}),
            },
            {"top1": printed[2 * augmented + msda]},
        )
        for model, printed in _PRINTED.items()
        for augmented in (False, True)
        for msda in (False, True)
    ),
    _scales("cifar100"),
    epochs=150,
)

AUGMENTATIONS = Table(
    "figure-4.4",
    "Accuracy over batch augmentations",
    tuple(
        Row(
            f"{model if model == 'single' else f'mixvit-{model}'}-ba{count}",
            "supervised" if model == "single" else "mixvit",
            {**_MSDA, "batch_augmentations": count, **({} if model == "single" else {"attribution": model})},
        )
        for model in _PRINTED
        for count in (1, 2, 3, 4)
    ),
    _scales("cifar100"),
    epochs=150,
)

LITERATURE = Table(
    "4.5",
    "MixViT's rows among transformers of the literature",
    tuple(
        _mixvit(
            attribution,
            top1,
            f"{data}-{attribution}",
            data=data,
            network=network,
            batch_size=1024 if data == "imagenet-100" else 128,
        )
        for data, network, *both in (
            ("cifar100", "convit", "82.4 ± 0.1", "82.1 ± 0.1"),
            ("cifar10", "convit", "96.5 ± 0.2", "96.5 ± 0.2"),
            ("tiny-imagenet", "cait-xs-24", "69.4 ± 0.1", "70.9 ± 0.2"),
            ("imagenet-100", "cait-xs-24", "89.7 ± 0.3", "89.3 ± 0.2"),
        )
        for attribution, top1 in zip(("embedding", "encoding"), both, strict=True)
    ),
    {
        "thesis": Scale({"epochs": 150, "select": "test"}),
        "small": replace(
            _SMALL,
            data={
                "cifar100": {"data": "fashion-mnist"},
                "cifar10": {"data": "fashion-mnist-m", "image_size": 28},
                "tiny-imagenet": {"data": "fashion-mnist"},
                "imagenet-100": {"data": "fashion-mnist-m", "image_size": 16},
            },
            without=("batch_size",),
        ),
    },
    epochs=150,
)

ABLATIONS = Table(
    "4.6",
    "MixViT's design choices",
    (
        *map(NAIVE.row, ("mixvit-embedding", "mixvit-encoding")),  # sources attributed late, inputs read from them
        _mixvit("none", "81.5 ± 0.2", "no-attribution"),
        _mixvit("embedding", "82.2 ± 0.2", "early-embedding", place="early"),
        _mixvit("encoding", "82.2 ± 0.2", "early-encoding", place="early"),
        _mixvit("embedding", "81.9 ± 0.1", "sum-inference", "mixvit-embedding", inference="sum"),
        _mixvit("embedding", "82.0 ± 0.4", "alternating-inference", "mixvit-embedding", inference="alternating"),
        _mixvit("embedding", "82.0 ± 0.2", "single-inference", "mixvit-embedding", inference="single"),
        _mixvit("embedding", "81.5 ± 0.2", "all-tokens", all_tokens=True),
    ),
    NAIVE.scales,
    epochs=150,
    runs_of="4.1",
)

INITIALISATION = Table(
    "A.18",
    "Encoders of the same initialisation in MixMo's transformer",
    (
        *map(NAIVE.row, ("single", "mixmo-sum", "mixmo-separate")),
        Row(
            "mixmo-same-init", "cut-mixmo", {**_MIXMO, "alignment": "same"},
            {"top1": "77.1 ± 0.3", "member_top1_mean": "75.2 ± 0.3"},
        ),
    ),
    NAIVE.scales,
    epochs=150,
    runs_of="4.1",
)  # fmt: skip

_LONG: dict[str, Any] = {"epochs": 300, "batch_augmentations": 4}
LONGER = Table(
    "A.19",
    "MixMo and MixViT on CIFAR-100, 300 epochs and four repetitions included",
    (
        Row("wrn-28-5-long", "supervised", {"network": "wrn-28-5", "epochs": 300}, {"top1": "82.6"}),
        Row(
            "wrn-28-5-mixmo-long", "cut-mixmo", {"network": "wrn-28-5", "epochs": 300, "batch_repetition": 4}, {"top1": "83.3"}
        ),
        *map(NAIVE.row, ("single", "mixvit-embedding", "mixvit-encoding")),
        _single("81.4 ± 0.2", "single-long", **_LONG),
        _mixvit("embedding", "82.6 ± 0.2", "mixvit-embedding-long", **_LONG),
        _mixvit("encoding", "83.2 ± 0.2", "mixvit-encoding-long", **_LONG),
    ),
    NAIVE.scales,
    epochs=150,
    runs_of="4.1",
)  # fmt: skip

TABLES_OF_CHAPTER_4 = (
    NAIVE, *GAINS, AGAINST_CNNS, REGULARISATION, AUGMENTATIONS, LITERATURE, ABLATIONS, INITIALISATION, LONGER,
)  # fmt: skip
