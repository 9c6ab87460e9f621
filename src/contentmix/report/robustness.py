"""Figures under corruptions (table 3.2): the record, and its table."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path

from rich import box
from rich.table import Table

from contentmix.errors import DataError
from contentmix.files import atomic_write
from contentmix.report.read_json import read_json

CORRUPTIONS = "corruptions.json"
_KIND = "a record of robustness"
CORRUPTED = ("top1", "top5", "nll")


@dataclass(frozen=True)
class CorruptionFigures:
    """Figures of the ensemble on one corruption at one severity; no temperature.

    Attributes:
        corruption: its name.
        severity: 1 to 5.
        top1: accuracy in %.
        top5: likewise, None with five classes or fewer.
        nll: nats.
    """

    corruption: str
    severity: int
    top1: float
    top5: float | None
    nll: float


@dataclass(frozen=True, kw_only=True)
class RobustnessRecord:
    """Figures under every corruption and severity.

    Attributes:
        runs: whose members were evaluated together.
        data: the set.
        source: ``generated``, or the folder that the corrupted images were read from.
        images: images behind each figure.
        members: of the ensemble.
        average: what was averaged over members.
        figures: one entry for each corruption and severity.
    """

    runs: list[str]
    data: str
    source: str
    images: int
    members: int
    average: str
    figures: tuple[CorruptionFigures, ...]

    @property
    def corruptions(self) -> list[str]:
        """Their names, each once."""
        return list(dict.fromkeys(figures.corruption for figures in self.figures))

    def mean(self, corruption: str | None = None) -> CorruptionFigures:
        """The mean over severities of one corruption, or over everything (severity 0)."""
        some = [f for f in self.figures if corruption in (None, f.corruption)]
        tops = [f.top5 for f in some if f.top5 is not None]
        return CorruptionFigures(
            corruption or "mean",
            0,
            statistics.fmean(f.top1 for f in some),
            statistics.fmean(tops) if tops else None,
            statistics.fmean(f.nll for f in some),
        )

    def save(self, path: Path) -> None:
        """Write the record, with its mean and the names of the corruptions that this is of, as JSON."""
        mean = {name: value for name, value in asdict(self.mean()).items() if name in CORRUPTED}
        atomic_write(
            path,
            json.dumps(asdict(self) | {"mean": mean, "corruptions": self.corruptions}, indent=2, allow_nan=False)
            + "\n",
        )


def load_corrupted(run: Path) -> dict[str, float]:
    """The means of the record in folder ``run``, over corruptions and severities; empty where there is none.

    Raises:
        DataError: it cannot be read.
    """
    if not (run / CORRUPTIONS).is_file():
        return {}
    mean = read_json(run / CORRUPTIONS, _KIND).get("mean")
    if not isinstance(mean, dict) or any(type(mean.get(name)) not in (int, float, type(None)) for name in CORRUPTED):
        raise DataError(f"{run / CORRUPTIONS} is not {_KIND}: it has no means")
    return {name: mean[name] for name in CORRUPTED if mean.get(name) is not None}


def corruptions_covered(run: Path) -> str:
    """What the means of the record in folder ``run`` are over, in words; empty where there is none, or it is an older one."""
    if not (run / CORRUPTIONS).is_file():
        return ""
    record = read_json(run / CORRUPTIONS, _KIND)
    names, source = [str(name) for name in record.get("corruptions", ())], Path(str(record.get("source", ""))).name
    origin = "generated" if source == "generated" else f"of {source}'s files"
    return f"{len(names)} corruptions, {origin}: {', '.join(names)}" if names else ""


def robustness_table(record: RobustnessRecord) -> Table:
    """Means over severities, one line for each corruption, and over all."""
    table = Table("corruption", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("top-1 %", "top-5 %", "NLL"):
        table.add_column(heading, justify="right")
    names = record.corruptions
    for name in [*names, None]:
        line = record.mean(name)
        top5 = "-" if line.top5 is None else f"{line.top5:.2f}"
        table.add_row(line.corruption, f"{line.top1:.2f}", top5, f"{line.nll:.4f}", end_section=name == names[-1])
    return table
