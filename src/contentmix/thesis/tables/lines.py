"""Rows of MixMo and of what it is compared with, from lines as the thesis prints them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from contentmix.studies.study import Row


def mixed(mix: str) -> dict[str, Any]:
    """Options of a network trained with MixUp or CutMix, as in the published configurations of the printed figures.

    Each image is mixed with probability 0.5, with one of the whole training set (A.1.3.1; alexrame/mixmo-pytorch).
    """
    return {"mix": mix, "prob": 0.5, "partners": "set"}


METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "vanilla": ("supervised", {}),
    "mixup": ("supervised", mixed("mixup")),
    "manifold-mixup": ("supervised", {"mix": "manifold-mixup"}),
    "cutmix": ("supervised", mixed("cutmix")),
    "resizemix": ("supervised", {"mix": "resizemix"}),
    "mixup-ba": ("supervised", {"mix": "mixup", "batch_augmentations": 10}),
    **{
        f"{name}-b{b}": (method, {"batch_repetition": b, **more})
        for b in (2, 4)
        for name, method, more in (
            ("mimo", "mimo", {}),
            ("linear-mixmo", "linear-mixmo", {}),
            ("linear-mixmo+cutmix", "linear-mixmo", {"cutmix_prob": 0.5}),
            ("cut-mixmo", "cut-mixmo", {}),
            ("cut-mixmo+cutmix", "cut-mixmo", {"cutmix_prob": 0.5}),
        )
    },
}


def rows(names: str, text: str, hundredths: tuple[str, ...] = (), suffix: str = "", **options: Any) -> tuple[Row, ...]:
    """A row for each line of ``text``: its name, and what the table prints under ``names``, ``-`` where nothing.

    Figures in ``hundredths`` are printed as multiples of 1/100. A name that ends in ``-Nnets`` is a deep ensemble.
    """
    found = []
    for line in text.strip().splitlines():
        name, *values = line.split()
        printed = {
            figure: str(Decimal(value).scaleb(-2)) if figure in hundredths else value
            for figure, value in zip(names.split(), values, strict=True)
            if value != "-"
        }
        one, nets = name, 1
        if name.endswith("nets"):
            one, nets = name.removesuffix("nets")[:-2], int(name.removesuffix("nets")[-1])
        method, own = METHODS[one.removesuffix("-augmix")]
        augmix = {"augmix": True} if one.endswith("-augmix") else {}
        base = f"{one}{suffix}" if nets > 1 else None
        found.append(Row(f"{name}{suffix}", method, {**own, **augmix, **options}, printed, trained_as=base, nets=nets))
    return tuple(found)
