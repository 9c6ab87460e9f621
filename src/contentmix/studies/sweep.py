"""A sweep: trials of a method with options that are searched for, judged by validation images alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contentmix.errors import DataError, UsageError, require
from contentmix.files import alone_in, atomic_write
from contentmix.report import load_record, read_history
from contentmix.report.read_json import read_json
from contentmix.runs.config import config_from, read_config_file
from contentmix.studies.page import write_page
from contentmix.studies.plan import Request
from contentmix.studies.run_study import run_study
from contentmix.studies.search import Range, Space, check_installed, suggest
from contentmix.studies.study import Row, Scale, Study, run_name

TRIALS = "sweep.json"
SCALE = "sweep"
_PARTS = ("method", "options", "search", "trials", "seed")


@dataclass(frozen=True)
class Sweep:
    """What is searched for.

    Attributes:
        method: that is trained
        options: of every trial
        search: of each option that is searched for, a range or the values to choose from
        trials: how many
        seed: of the search; that of every run is 0
    """

    method: str
    options: dict[str, Any]
    search: Space
    trials: int = 20
    seed: int = 0

    def __post_init__(self) -> None:
        require(isinstance(self.trials, int) and self.trials >= 1, f"trials is {self.trials}: it must be 1 or more")
        require(
            bool(self.search),
            "search is empty: name the options to search for, as lr: {low: 0.01, high: 0.3, log: true}",
        )
        for name, values in self.search.items():
            require(
                name not in self.options, f"{name} is searched for and among the options: leave it out of one of them"
            )
            ends = values if isinstance(values, tuple) else (values.low, values.high)
            for value in ends:
                config = config_from({"method": self.method, **self.options, name: value})
                require(
                    config.run.select in (None, "validation"),
                    f"select is {config.run.select}: a sweep selects on validation images, leave it out",
                )

    def study(self, tried: list[dict[str, Any]]) -> Study:
        """The trials as rows of a study."""
        names = ", ".join(self.search)
        rows = tuple(Row(f"trial-{number:03d}", self.method, chosen) for number, chosen in enumerate(tried))
        note = f"Trials differ in {names}. They are judged by their best validation accuracy; figures here are of the test set."
        scale = Scale({"select": "validation", **self.options})
        return Study(
            "trials", f"{self.method}: {names}", rows, {SCALE: scale}, kind="sweep", heading="Sweep", note=note
        )


@dataclass(frozen=True)
class Trial:
    """One trial.

    Attributes:
        folder: of its run
        options: that were tried
        score: top-1 in % on the validation images of the weights that it keeps; None where it failed
        failed: why, where it did
    """

    folder: Path
    options: dict[str, Any]
    score: float | None
    failed: str | None = None


def read_sweep(path: Path) -> Sweep:
    """The sweep that a YAML file declares.

    Raises:
        DataError, UsageError: it cannot be read, or says what there is not; the message says what there is.
    """
    said = read_config_file(path)
    for name in said:
        require(name in _PARTS, f"sweep {path} has '{name}', which is no part of one (valid: {', '.join(_PARTS)})")
    require("method" in said, f"sweep {path} names no method")
    search = {name: _values(name, value) for name, value in (said.pop("search", None) or {}).items()}
    return Sweep(search=search, options=said.pop("options", None) or {}, **said)


def _values(name: str, value: Any) -> Range | tuple[Any, ...]:
    if isinstance(value, list) and len(value) > 1 and all(isinstance(each, str | int | float) for each in value):
        return tuple(value)
    if isinstance(value, dict) and {"low", "high"} <= set(value) <= {"low", "high", "log"}:
        found = Range(**value)
        require(
            found.low < found.high, f"search for {name} is from {found.low} to {found.high}: low must be below high"
        )
        require(not found.log or found.low > 0, f"search for {name} is from {found.low} by ratios: low must be above 0")
        return found
    raise UsageError(f"search for {name} is {value}: give a list of values, or {{low: ..., high: ..., log: true}}")


def run_sweep(sweep: Sweep, folder: Path, told: Callable[[Trial], None] = lambda _: None) -> list[Trial]:
    """Make the trials that are missing, and write the page of all; the best is the first of what is returned.

    Killed at any moment, a second call goes on with the trial that was under way, and tries what it would have tried.

    Args:
        sweep: what is searched for.
        folder: of the sweep; each trial is a run folder in it.
        told: of each trial when it ends.

    Raises:
        UsageError: ``folder`` is another sweep's, or Optuna is not installed.
        Interrupted: Ctrl-C.
    """
    check_installed()
    tried = _begin(sweep, folder)
    trials: list[Trial] = []
    for number in range(max(sweep.trials, len(tried))):
        if number == len(tried):
            tried.append(suggest(sweep.search, [(trial.options, trial.score) for trial in trials], sweep.seed))
            _keep(sweep, folder, tried)
        trials.append(_run(sweep, folder, tried[: number + 1]))
        told(trials[-1])
    write_page(sweep.study(tried), SCALE, folder, folder / "report.html")
    return sorted(trials, key=lambda trial: -1.0 if trial.score is None else trial.score, reverse=True)


def _run(sweep: Sweep, folder: Path, tried: list[dict[str, Any]]) -> Trial:
    """The last of ``tried``, brought to its end."""
    study = sweep.study(tried)
    row = study.rows[-1]
    outcome = run_study(Request(study, folder, SCALE, [row.name], seeds=1))
    place = folder / run_name(row.name, 0)
    if outcome.failed:
        return Trial(place, tried[-1], None, next(iter(outcome.failed.values())))
    # Of the weights that the trial keeps: the best of many epochs is in part luck.
    kept = load_record(place).final.epoch
    known = [row["val_top1"] for row in read_history(place) if "val_top1" in row and row["epoch"] <= kept]
    return Trial(place, tried[-1], known[-1])


def _begin(sweep: Sweep, folder: Path) -> list[dict[str, Any]]:
    """What the trials of ``folder`` tried, where it has some."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / TRIALS
    if not path.is_file():
        return []
    kept = read_json(path, "a sweep")
    if not {"sweep", "tried"} <= set(kept):
        raise DataError(f"{path} is not a sweep: it holds no trials")
    same = {name: value for name, value in kept["sweep"].items() if name != "trials"}
    now = {name: value for name, value in _plain(sweep).items() if name != "trials"}
    require(same == now, f"{folder} is of another sweep: only its number of trials may change; choose another --out")
    return list(kept["tried"])


def _keep(sweep: Sweep, folder: Path, tried: list[dict[str, Any]]) -> None:
    with alone_in(folder):
        atomic_write(folder / TRIALS, json.dumps({"sweep": _plain(sweep), "tried": tried}, indent=2) + "\n")


def _plain(sweep: Sweep) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(asdict(sweep), default=str))
    return plain
