"""Table 3.6 and what is seen in its runs: sharing features among subnetworks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contentmix.studies.study import Row, Scale, Study
from contentmix.thesis.table import numbered, table

_PLAIN = {"r": 3.0, "input_repetition": 0.0}  # MixMo's own, before the adjustments of A.6.1
_VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "mixmo": ("cut-mixmo", {}),
    "unmix": ("mixshare", {"alignment": "independent", "unmixing": "full", **_PLAIN}),
    "unmix-aligned": ("mixshare", {"unmixing": "full", **_PLAIN}),
    "mixshare-partial": ("mixshare", {"unmixing": "partial"}),
    "mixshare-fade-out": ("mixshare", {"unmixing": "fade-out", "fade_epochs": 100}),
}
# Accuracy of the ensemble, of its members, and sharing rate of the classifiers; WRN-28-2, then WRN-28-5.
_PRINTED = {
    "mixmo": ("74.8 ± 0.2 | 71.6 ± 0.2 | 4.9 ± 0.4", "81.9 ± 0.1 | 79.4 ± 0.2 | 8.2 ± 0.1"),
    "unmix": ("69.7 ± 15.4 | 69.7 ± 15.4 | 99.1 ± 0.4", "79.4 ± 2.7 | 79.4 ± 2.7 | 98.8 ± 0.7"),
    "unmix-aligned": ("79.0 ± 0.1 | 79.0 ± 0.1 | 99.4 ± 0.1", "82.1 ± 0.2 | 82.1 ± 0.2 | 99.3 ± 0.1"),
    "mixshare-partial": ("73.3 ± 0.5 | 71.5 ± 1.0 | 60.6 ± 6.5", "79.9 ± 0.3 | 78.8 ± 0.4 | 60.0 ± 2.3"),
    "mixshare-fade-out": ("79.0 ± 0.1 | 76.7 ± 1.3 | 64.4 ± 6.0", "82.4 ± 0.3 | 81.6 ± 0.5 | 62.7 ± 8.3"),
}


def _row(name: str, width: int, printed: str) -> Row:
    method, options = _VARIANTS[name]
    figures = dict(zip(("top1", "member_top1_mean", "sharing"), printed.split(" | "), strict=True))
    return Row(name if width == 2 else f"{name}-w{width}", method, dict(options), figures, width=width, usage=True)


MIXSHARE = table(
    "3.6",
    "MixShare: sharing features among subnetworks",
    tuple(_row(name, width, _PRINTED[name][column]) for column, width in enumerate((2, 5)) for name in _VARIANTS),
    Scale(
        {
            "data": "cifar100", "network": "wrn-28-{width}", "batch_size": 64, "epochs": 300, "milestones": (75, 150, 225),
            "select": "test",
        }
    ),
)  # fmt: skip


def _alias(number: str, title: str, *names: str) -> Study:
    """A figure of some runs of 3.6."""
    return numbered(number, replace(MIXSHARE, title=title, rows=tuple(map(MIXSHARE.row, names)), runs_of="3.6"))


TABLES_OF_MIXSHARE = (
    MIXSHARE,
    _alias("figure-3.11", "Influence of the feature maps for the subnetworks", "mixmo"),
    _alias("figure-3.12", "Usage of features by MixMo subnetworks", "mixmo", "mixmo-w5"),
    _alias("figure-3.14", "Usage of features by MixMo subnetworks with unmixing", "unmix", "unmix-w5"),
    _alias("figure-A.8", "Influence of feature maps in the core network", "mixmo"),
)
