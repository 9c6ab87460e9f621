"""Tables 2.2, 2.3b, 2.4, 2.6 and 2.7: gains of learning from SciMix's hybrids."""

from __future__ import annotations

from typing import Any

from contentmix.studies.study import Row, RunOf
from contentmix.thesis.table import table
from contentmix.thesis.tables.settings import (
    SCALE,
    generator,
    mean_teacher,
    samosa,
    samosa_training,
    scimix,
    setting,
)

# Mean Teacher, SciMix with it.
_SCIMIX = {
    ("cifar10", 100): ("40.5 ± 6.4", "46.4 ± 1.2"),
    ("cifar10", 250): ("63.1 ± 0.9", "68.0 ± 1"),
    ("cifar10", 500): ("72 ± 3", "77.2 ± 0.5"),
    ("svhn", 60): ("48.7 ± 23.0", "83.4 ± .5"),
    ("svhn", 100): ("82.3 ± 5.5", "87.3 ± 2.8"),
}
_FIXMATCH = {("cifar10", 100): ("88.6 ± 0.7", "90.7 ± 0.2"), ("svhn", 60): ("96.4 ± 0.3", "96.5 ± 0.9")}
GENERATORS = tuple(generator(*where) for where in _SCIMIX)
SCIMIX = table(
    "2.2",
    "Gains from SciMix on CIFAR-10 and SVHN",
    (
        *(row for where, (base, ours) in _SCIMIX.items() for row in (mean_teacher(*where, base), scimix(*where, ours))),
        *(
            row
            for (data, labels), (base, ours) in _FIXMATCH.items()
            for row in (
                Row(f"fixmatch-{data}-{labels}", "fixmatch", setting(data, labels), {"top1": base}),
                scimix(data, labels, ours, "scimix-fixmatch", base="fixmatch"),
            )
        ),
    ),
    SCALE,
    helpers=GENERATORS,
)

IN_CLASS_B = table(
    "2.3b",
    "Gains from in-class mixing: SciMix on SVHN, 60 labels",
    (
        mean_teacher("svhn", 60, "48.7 ± 23.0"),
        generator("svhn", 60, {"top1": "72.0 ± 2.7"}),  # the guide that it has trained
        scimix("svhn", 60, "72.6 ± 2.3", "scimix-of-guide", init=RunOf("generator-svhn-60")),
        scimix("svhn", 60, "83.4 ± .5"),
    ),
    SCALE,
    runs_of="2.2",
)


def _one_cycle(labels: int, base: str, ours: str) -> tuple[Row, ...]:
    """SAMOSA, and the Mean Teacher that it is compared with, at the end of the first training cycle."""
    return (
        Row(f"mean-teacher-1-cycle-{labels}", "mean-teacher", samosa_training("cifar10", labels), {"top1": base}),
        Row(f"samosa-1-cycle-{labels}", "samosa", samosa("cifar10", labels, cycles=1), {"top1": ours}),
    )


COMPARABLE = table(
    "2.4",
    "SAMOSA and SciMix in mostly comparable conditions, Mean Teacher on CIFAR-10",
    (
        *_one_cycle(250, "57.7 ± 4.0", "60.4 ± 0.3"),
        mean_teacher("cifar10", 250, "63.1 ± 0.9"),
        scimix("cifar10", 250, "68.0 ± 1"),
        *_one_cycle(500, "69.6 ± 1.4", "75.7 ± 3.4"),
        mean_teacher("cifar10", 500, "72 ± 3"),
        scimix("cifar10", 500, "77.2 ± 0.5"),
    ),
    SCALE,
    helpers=GENERATORS,
    runs_of="2.2",
)
# Mean Teacher with MixUp's, CutMix's and SciMix's hybrids.
_MIXTURES = {
    ("cifar10", 250): ("63.1 ± 0.9", "64.8 ± 3.5", "55.0 ± 7.5", "68 ± 1.0"),
    ("svhn", 60): ("48.7 ± 23.0", "61.8 ± 1.0", "17.3 ± 3.7", "83.4 ± 0.5"),
}


def _mixtures(data: str, labels: int, printed: tuple[str, ...]) -> tuple[Row, ...]:
    base, mixup, cutmix, ours = printed
    return (
        mean_teacher(data, labels, base),
        scimix(data, labels, mixup, "mixup", hybrids="mixup"),
        scimix(data, labels, cutmix, "cutmix", hybrids="cutmix"),
        scimix(data, labels, ours),
    )


MIXTURES = table(
    "2.6",
    "SciMix and other mixing augmentations with very few labels",
    tuple(row for where, printed in _MIXTURES.items() for row in _mixtures(*where, printed)),
    SCALE,
    helpers=GENERATORS,
    runs_of="2.2",
)

# All images are labelled, thirty of a class; the thesis does not say how long it trains.
_CUB: dict[str, Any] = {
    "data": "cub-200", "epochs": 300, "batch_size": 60, "lr": 0.1, "schedule": "cosine", "weight_decay": 5e-4,
    "warmup_epochs": 0.0, "crop_padding": "reflect", "select": "last",
}  # fmt: skip


def _birds(size: int) -> dict[str, Any]:
    return {**_CUB, "image_size": size}


BIRDS = table(
    "2.7",
    "SciMix on CUB-200 at 64 and 96 px",
    tuple(
        row
        for size, base, ours in ((64, "58.9 ± 1.0", "60.2 ± 0.6"), (96, "65.2 ± 0.8", "65.6 ± 0.9"))
        for row in (
            Row(f"supervised-{size}", "supervised", _birds(size), {"top1": base}),
            Row(
                f"scimix-{size}", "scimix",
                {**_birds(size), "base": "supervised", "generator": RunOf(f"generator-{size}")}, {"top1": ours},
            ),
        )
    ),
    SCALE,
    helpers=tuple(
        Row(f"generator-{size}", "scimix-generator", {**_birds(size), "guide": "supervised"}) for size in (64, 96)
    ),
)  # fmt: skip
TABLES_OF_SCIMIX = (SCIMIX, IN_CLASS_B, COMPARABLE, MIXTURES, BIRDS)
