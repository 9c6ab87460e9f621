"""The record of a run: final figures and how each was obtained. ``results.json`` is this, and nothing else."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contentmix.errors import DataError
from contentmix.files import atomic_write
from contentmix.report.read_json import check_fields, read_json

RESULTS = "results.json"
# Where the weights of a run come from that was not trained here.
IMPORTED = "imported.json"
_KIND = "a record"


@dataclass(frozen=True, kw_only=True)
class EvaluationRecord:
    """Figures of one checkpoint on one set; the figures are those of ``metrics.Evaluation``.

    Attributes:
        checkpoint: ``last`` or ``best``; ``raw``, the last weights themselves where their moving average is evaluated
        selected_on: what the checkpoint was chosen on
        epoch: after which epoch it was taken
        split: which images it was evaluated on
    """

    checkpoint: str
    selected_on: str
    epoch: int
    split: str
    images: int
    members: int
    average: str
    top1: float
    top5: float | None
    nll: float
    nll_c: float | None
    temperatures: list[float]
    ece: float
    member_top1: list[float]
    member_top1_mean: float
    d_re: float | None
    reliability: dict[str, list[Any]]


@dataclass(frozen=True, kw_only=True)
class Record:
    """A finished run.

    Attributes:
        evaluations: the last of them is the one that ``model.safetensors`` holds
        parameters: of the network
        flops: multiply-adds of predicting one image
        train: labelled and unlabelled images, epochs, steps and seconds (null where the run was interrupted), of an ensemble
            the sums of these over its runs; with SAMOSA
            ``hybrids_kept``, the share of hybrids that was kept in each cycle that had some; ``lengthened``, after which epoch a
            run was given more, and ``lost``, what was damaged when it ended and what stands in its place
        versions: of the software that decides results
        commit: of the source, null where unknown
        device: that trained
        command: that started the run
    """

    method: str
    data: str
    network: str
    seed: int
    evaluations: tuple[EvaluationRecord, ...]
    parameters: int
    flops: int
    train: dict[str, Any]
    versions: dict[str, str]
    commit: str | None
    device: str
    command: str

    @property
    def final(self) -> EvaluationRecord:
        """The figures of the weights in ``model.safetensors``."""
        return self.evaluations[-1]

    def text(self) -> str:
        """The record as JSON."""
        return json.dumps(asdict(self), indent=2, allow_nan=False) + "\n"

    def save(self, path: Path) -> None:
        """Write the record as JSON."""
        atomic_write(path, self.text())

    @staticmethod
    def load(path: Path) -> Record:
        """Read a record.

        Raises:
            DataError: it is missing, or not a record of this version.
        """
        if not path.exists():
            raise DataError(f"{path} does not exist: {path.parent} is not a finished run")
        content = read_json(path, _KIND)
        check_fields(content, Record, path, _KIND)
        evaluations = content.pop("evaluations")
        if not evaluations or not isinstance(evaluations, list):
            raise DataError(f"{path} is not {_KIND}: it holds no evaluation")
        for evaluation in evaluations:
            check_fields(evaluation, EvaluationRecord, path, _KIND)
        return Record(evaluations=tuple(EvaluationRecord(**e) for e in evaluations), **content)


def load_record(run: Path) -> Record:
    """The record of the run in folder ``run``.

    Raises:
        DataError: it is missing, or not a record of this version.
    """
    if (run / IMPORTED).is_file() and not (run / RESULTS).is_file():
        raise DataError(f"run {run} was imported, and not evaluated: see its figures with: contentmix evaluate {run}")
    return Record.load(run / RESULTS)
