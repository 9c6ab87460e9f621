"""Figures on images of other classes: the record, and its table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.table import Table

from contentmix.files import atomic_write


@dataclass(frozen=True, kw_only=True)
class DetectionRecord:
    """How the certainty of an ensemble tells the test images of its data from those of other data (``metrics.detection``).

    Attributes:
        runs: whose members predicted together.
        data: of known classes.
        others: data of other classes.
        images: of known classes.
        other_images: of others.
        members: of the ensemble.
        average: what was averaged over members.
        ood_auroc: in %.
        ood_fpr95: in %.
    """

    runs: list[str]
    data: str
    others: str
    images: int
    other_images: int
    members: int
    average: str
    ood_auroc: float
    ood_fpr95: float

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        atomic_write(path, json.dumps(asdict(self), indent=2, allow_nan=False) + "\n")


def detection_table(record: DetectionRecord) -> Table:
    """Its figures in the terminal."""
    table = Table("known", "images", "others", "images", *("AUROC %", "FPR95 %"), box=box.SIMPLE_HEAD, pad_edge=False)
    figures = (f"{record.ood_auroc:.2f}", f"{record.ood_fpr95:.2f}")
    table.add_row(record.data, str(record.images), record.others, str(record.other_images), *figures)
    return table
