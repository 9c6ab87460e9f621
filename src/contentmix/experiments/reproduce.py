"""Runs the rows of a table over seeds; what has finished is kept, what was interrupted is continued."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from contentmix.errors import UsageError, require
from contentmix.experiments.analysis import analyse
from contentmix.experiments.config import Config, read_config_file
from contentmix.experiments.ensemble import load_ensemble, predict_ensemble
from contentmix.experiments.inference import evaluate_again
from contentmix.experiments.runner import resume, train
from contentmix.experiments.tables import Row, Table
from contentmix.files import atomic_write
from contentmix.metrics import evaluate
from contentmix.report import USAGE


@dataclass(frozen=True)
class TableRun:
    """One finished run of a table.

    Attributes:
        row: its line.
        seed: its seed.
        folder: its run folder.
    """

    row: Row
    seed: int
    folder: Path


def ensembles(table: Table, runs: Sequence[TableRun], folder: Path) -> dict[str, Path]:
    """Evaluate the first ``table.nets`` seeds of each row together, and return where each row's figures are.

    Rows with fewer seeds are left out; figures that are there are kept.
    """
    found = {}
    for name in dict.fromkeys(run.row.name for run in runs):
        members = [run.folder for run in runs if run.row.name == name][: table.nets]
        if table.nets < 2 or len(members) < table.nets:
            continue
        found[name] = folder / f"{name}-{table.nets}nets.json"
        if not found[name].exists():
            figures = evaluate(predict_ensemble(load_ensemble(members))).to_dict()
            runs_of = [member.name for member in members]
            atomic_write(found[name], json.dumps({"runs": runs_of, **figures}, indent=2, allow_nan=False) + "\n")
    return found


def reproduce(
    table: Table,
    folder: Path,
    *,
    scale: str = "thesis",
    rows: Sequence[str] | None = None,
    seeds: int = 3,
    say: Callable[[str], None] = lambda _: None,
) -> list[TableRun]:
    """Train what is missing of ``table`` in ``folder``, one folder for each row and seed, and analyse it where the table does.

    Killed at any moment, a second call finishes the table with the same runs.

    Args:
        table: of ``experiments.tables``.
        folder: where its runs are.
        scale: of the table.
        rows: names of its rows, all by default.
        seeds: runs of each row, with seeds from 0.
        say: told what happens, one line at a time.

    Raises:
        UsageError: an unknown row or scale, or a run in ``folder`` that was made with other options.
    """
    require(seeds >= 1, f"seeds is {seeds}: choose 1 or more")
    finished = []
    for seed in range(seeds):
        for row in table.chosen(rows):
            place = folder / f"{row.name}-seed{seed}"
            say(f"{place}: {row.method}, {'kept' if (place / 'results.json').exists() else 'training'}")
            words = ["contentmix", "reproduce", table.number, "--scale", scale, "--rows", row.name]
            command = shlex.join([*words, "--seeds", str(seed + 1)])
            _run(table, row, scale, seed, folder, command)
            if table.analyse and not (place / USAGE).exists():
                analyse(place).save(place / USAGE)
            finished.append(TableRun(row, seed, place))
    return finished


def _run(table: Table, row: Row, scale: str, seed: int, folder: Path, command: str) -> None:
    config, place = table.config(row, scale, seed), folder / f"{row.name}-seed{seed}"
    if row.trained_as is not None:
        if (place / "results.json").exists():
            _check(config, place)
            return
        (base,) = table.chosen([row.trained_as])
        _run(table, base, scale, seed, folder, command)
        evaluate_again(folder / f"{base.name}-seed{seed}", config, place, command)
        return
    if (place / "config.yaml").exists():
        _check(config, place)
        if (place / "results.json").exists():
            return
        if any((place / "checkpoints").glob("step-*.safetensors")):
            resume(place, command=command)
            return
        # Killed before its first checkpoint: there is nothing to continue and nothing to lose.
        shutil.rmtree(place)
    train(replace(config, run=replace(config.run, out=place)), command=command)


def _check(config: Config, place: Path) -> None:
    # An option that is younger than the run had its default's effect.
    made = {**Config(config.method).flat(), **read_config_file(place / "config.yaml")}
    for name, value in config.flat().items():
        if value is not None and name != "out" and made.get(name) != value:
            raise UsageError(
                f"run {place} was made with {name} {made.get(name)}, the table asks for {value}: choose another --out"
            )
