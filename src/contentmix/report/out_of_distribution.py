"""Figures on images of other classes: the record, and its table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.table import Table

from contentmix.errors import DataError
from contentmix.files import atomic_write
from contentmix.report.read_json import read_json

OOD = "ood.json"
OOD_COLUMNS = {"ood_auroc": "AUROC % (other classes)", "ood_fpr95": "FPR95 % (other classes)"}
_KIND = "a record of other classes"


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


def load_detection(run: Path) -> dict[str, float]:
    """The figures of the record in folder ``run`` by the names of ``OOD_COLUMNS``; empty where there is none.

    Raises:
        DataError: it cannot be read.
    """
    if not (run / OOD).is_file():
        return {}
    record = read_json(run / OOD, _KIND)
    found = {name: value for name in OOD_COLUMNS if isinstance(value := record.get(name), int | float)}
    if len(found) < len(OOD_COLUMNS):
        raise DataError(f"{run / OOD} is not {_KIND}: it has no {' or '.join(OOD_COLUMNS)}")
    return found


def detection_table(record: DetectionRecord) -> Table:
    """Its figures in the terminal."""
    table = Table("known", "images", "others", "images", *("AUROC %", "FPR95 %"), box=box.SIMPLE_HEAD, pad_edge=False)
    figures = (f"{record.ood_auroc:.2f}", f"{record.ood_fpr95:.2f}")
    table.add_row(record.data, str(record.images), record.others, str(record.other_images), *figures)
    return table
