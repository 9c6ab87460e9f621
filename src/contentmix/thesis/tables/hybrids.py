"""Tables 2.5 and A.13 to A.15: what hybrids inherit from their parents, and what is made of that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.study import Row, RunOf
from contentmix.thesis.table import table
from contentmix.thesis.tables.settings import (
    SCALE,
    generator,
    mean_teacher,
    oracle,
    samosa,
    scimix,
)

TRANSFER = table(
    "2.5",
    "Transfer rates of semantic and non-semantic contents on SVHN, 250 labels",
    (
        Row("adain", "adain", {"data": "svhn"}, {"s_c": "92.1", "s_r": "60.0"}, oracle="oracle-svhn"),
        # The record of a generator has MixUp's and FDA's hybrids of the same parents beside its own.
        generator(
            "svhn",
            250,
            {
                "s_c": "95.2", "s_r": "98.2", "mixup_s_c": "94.2", "mixup_s_r": "00.0", "fda_s_c": "77.0", "fda_s_r": "22.4",
            },
            "oracle-svhn",
        ),
    ),
    SCALE,
    helpers=(oracle("svhn"),),
    runs_of="2.2",
)  # fmt: skip


def _labelled(accepted: str, **others: str) -> dict[str, str]:
    return {f"labelled_{name}": printed for name, printed in {"accepted": accepted, **others}.items()}


# The thesis's hybrids are ten of each labelled image, in unlabelled contexts: those of kind "labelled". Its s_c is the share that
# the trained classifier accepts, its s_r and ratio those in z_r space, or on MNIST-M of backgrounds (A.3.2).
_SEPARATION = {
    ("cifar10", 1000): _labelled("97.3 ± 0.6", s_r_code="100 ± 0", distance_ratio="15.5 ± 2.6"),
    ("svhn", 250): _labelled("100 ± 0.0", s_r_code="98.2 ± 0.3", distance_ratio="7.6 ± 1.4"),
    ("mnist-m", 100): _labelled("99.9 ± 0.2", background="96.8 ± 3.1", background_ratio="11.0 ± 4.0"),
}
SEPARATION = table(
    "A.13",
    "Semantic and non-semantic parents of SAMOSA's hybrids",
    tuple(
        Row(
            f"samosa-{data}-{labels}", "samosa", samosa(data, labels, reduced=True), printed, oracle=f"oracle-{data}"
        )
        for (data, labels), printed in _SEPARATION.items()
    ),
    SCALE,
    helpers=tuple(oracle(data) for data, _ in _SEPARATION),
)  # fmt: skip

_LABELS = 60
# Variant of the generator, accuracy of a classifier that learns from it, s_c and s_r of its hybrids.
_VARIANTS = (
    ("flipped", "39.5 ± 9.3", "16.0", "56.0"),
    ("no-hybrids", "48.5 ± 14.2", "11.7", "99.8"),
    ("basic", "66.3 ± 1.0", "66.2", "99.4"),
    ("unfrozen", "81.8 ± 3.0", "75.1", "73.8"),
)


def _other(name: str, top1: str, printed: dict[str, str], **options: Any) -> tuple[Row, Row]:
    """Another generator than the full one, and the classifier that learns from it."""
    made = generator("svhn", _LABELS, printed, "oracle-svhn")
    other = replace(made, name=f"generator-{name}-svhn-{_LABELS}", options={**made.options, **options})
    return other, scimix("svhn", _LABELS, top1, f"scimix-{name}", generator=RunOf(other.name))


VARIANTS = table(
    "A.14",
    "Variants of SciMix's generator on SVHN, 60 labels",
    (
        *(
            row
            for variant, top1, s_c, s_r in _VARIANTS
            for row in _other(variant, top1, {"s_c": s_c, "s_r": s_r}, variant=variant)
        ),
        generator("svhn", _LABELS, {"s_c": "76.7", "s_r": "98.8"}, "oracle-svhn"),
        scimix("svhn", _LABELS, "83.4 ± 0.5"),
    ),
    SCALE,
    helpers=(oracle("svhn"),),
    runs_of="2.2",
)
EXPLOITATION = table(
    "A.15",
    "Uses of SciMix's hybrids on SVHN, 60 labels",
    (
        mean_teacher("svhn", _LABELS, "48.7 ± 23.0"),
        *(
            scimix("svhn", _LABELS, printed, f"scimix-{name}", exploitation=name)
            for name, printed in (
                ("labeled", "29.9 ± 17.6"),
                ("pseudo-label", "62.8 ± 5.4"),
                ("consistency", "77.8 ± 4.8"),
            )
        ),
        scimix("svhn", _LABELS, "83.4 ± 0.4"),  # contradict
    ),
    SCALE,
    helpers=(generator("svhn", _LABELS),),
    runs_of="2.2",
)
TABLES_OF_HYBRIDS = (TRANSFER, SEPARATION, VARIANTS, EXPLOITATION)
