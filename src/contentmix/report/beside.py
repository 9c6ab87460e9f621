"""Figures that are measured of a finished run apart, each kind in a file beside its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contentmix.errors import DataError
from contentmix.report.read_json import read_json


@dataclass(frozen=True)
class Beside:
    """A kind of such figures.

    Attributes:
        file: that they are in, in the folder of the run.
        what: they are of, for errors.
        columns: heading and decimals of each, by name.
    """

    file: str
    what: str
    columns: Mapping[str, tuple[str, int]]

    def load(self, run: Path) -> dict[str, float]:
        """The figures in folder ``run`` that are known; empty where there are none.

        Raises:
            DataError: they cannot be read.
        """
        if not (run / self.file).is_file():
            return {}
        record = read_json(run / self.file, f"a record of {self.what}")
        said = {name: record[name] for name in self.columns if isinstance(record.get(name, ""), int | float | None)}
        if len(said) < len(self.columns):
            raise DataError(
                f"{run / self.file} is not a record of {self.what}: it has no {' or '.join(self.columns.keys() - said.keys())}"
            )
        return {name: value for name, value in said.items() if value is not None}


OOD = Beside(
    "ood.json",
    "other classes",
    {"ood_auroc": ("AUROC %, other classes", 2), "ood_fpr95": ("FPR95 %, other classes", 2)},
)
COST = Beside(
    "cost.json",
    "costs",
    {
        "mflops": ("multiply-adds M", 2),
        "predict_ms": ("inference ms an image", 3),
        "train_steps": ("training steps", 0),
        "train_seconds": ("training s", 1),
    },
)
BESIDE = (OOD, COST)
