"""The runs that a table consists of, each once, after those that it takes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contentmix.errors import UsageError, require
from contentmix.report.record import RESULTS
from contentmix.runs.config import Config, read_config_file
from contentmix.runs.prepare import read_shape, resolved
from contentmix.studies.measures import Measures
from contentmix.thesis.tables import Row, RunOf, Table, run_name

# Options that say where and how often, not what comes out.
ELSEWHERE = frozenset(
    {
        "out",
        "progress",
        "data_root",
        "workers",
        "device",
        "compile",
        "channels_last",
        "checkpoint_every",
        "preview_every",
    }
)


@dataclass(frozen=True)
class Job:
    """One run of a table.

    Attributes:
        row: its line, or helper.
        seed: its seed.
        folder: its run folder.
        config: what is trained, its own folder left open.
        of: run folders of another row that it evaluates, where nothing is trained.
        measures: what is measured of it beyond its record.
        needs: names of the jobs that come before it.
        command: that makes it, for the record.
    """

    row: Row
    seed: int
    folder: Path
    config: Config
    of: tuple[Path, ...]
    measures: Measures
    needs: tuple[str, ...]
    command: str

    @property
    def name(self) -> str:
        """That of its folder."""
        return self.folder.name

    @property
    def done(self) -> bool:
        """Whether nothing of it is missing."""
        return (self.folder / RESULTS).exists() and not self.measures.missing(self.folder)

    @cached_property
    def options(self) -> dict[str, Any]:
        """All of its run that decide what comes out, with nothing left open to the recipe of its data."""
        with TemporaryDirectory() as temporary:
            config = resolved(self.config, read_shape(self.config.run, Path(temporary)))
        return {name: value for name, value in config.flat().items() if name not in ELSEWHERE}

    @property
    def taken(self) -> dict[str, Any]:
        """Its options that are folders of other runs of the table."""
        own = self.config.flat()
        return {name: own[name] for name, value in self.row.options.items() if isinstance(value, RunOf)}

    def check(self) -> None:
        """Raise a ``UsageError`` where it asks for several nodes, or its folder holds a run of other options."""
        nodes = self.config.run.nodes
        require(
            nodes == 1,
            f"nodes is {nodes}: a table spreads over nodes by --on ray, a run by a 'contentmix train' of its own",
        )
        if not (self.folder / "config.yaml").exists():
            return
        # An option that is younger than the run had its default's effect.
        made = {**Config(self.config.method).flat(), **read_config_file(self.folder / "config.yaml")}
        asked = self.config.flat()
        for name, value in self.options.items():
            was, wanted = made.get(name), value
            if name in self.taken:
                was, wanted = (Path(str(each)).name for each in (was, wanted))  # the table may have moved
            # So may a recipe be younger than the run, which then had none of that option's effect.
            if was != wanted and not (was is None and asked.get(name) is None):
                raise UsageError(
                    f"run {self.folder} was made with {name} {was}, the table asks for {wanted}: choose another --out"
                )


@dataclass(frozen=True)
class Request:
    """What of a table is asked for.

    Attributes:
        table: of ``experiments.tables``.
        folder: where its runs are.
        scale: of the table.
        rows: names of its rows, all by default.
        seeds: runs of each row, with seeds from 0.
        given: options of the run that win over the table's.
        options_file: where these come from, for the record.
    """

    table: Table
    folder: Path
    scale: str = "thesis"
    rows: Sequence[str] | None = None
    seeds: int = 3
    given: Mapping[str, Any] = field(default_factory=dict)
    options_file: Path | None = None


def plan(request: Request) -> list[Job]:
    """Every run that the rows asked for consist of, once each: runs that others take come before them.

    An ensemble of n runs is made of those of seeds s to s + n - 1: with as many seeds as runs there is one, of seed 0.

    Raises:
        UsageError: an unknown row or scale, no seed, an ensemble of more runs than seeds.
    """
    table, seeds = request.table, request.seeds
    require(seeds >= 1, f"seeds is {seeds}: choose 1 or more")
    named = [table.row(name, request.scale) for name in request.rows or ()]
    for row in named:
        require(
            row.nets <= seeds, f"row {row.name} is of {row.nets} networks, seeds is {seeds}: give {row.nets} or more"
        )
    jobs: dict[str, Job] = {}

    def helper(name: str) -> Row:
        return table.row(name, request.scale)

    def add(row: Row, seed: int) -> str:
        name = run_name(row.name, seed)
        if name not in jobs:
            others = [add(helper(other), seed) for other in row.takes()]
            members = [] if row.trained_as is None else [add(helper(row.trained_as), seed + i) for i in range(row.nets)]
            # One classifier stands for a person, whatever the seed.
            oracle = [] if row.oracle is None else [add(helper(row.oracle), 0)]
            jobs[name] = _job(request, row, seed, members, tuple(dict.fromkeys([*others, *members, *oracle])))
        return name

    for seed in range(seeds):
        for row in named or table.lines(request.scale):
            if seed + row.nets <= seeds:
                add(row, seed)
    return list(jobs.values())


def left_out(request: Request) -> list[Row]:
    """Rows of the table, none of which were named, that are of more networks than there are seeds."""
    return [] if request.rows else [row for row in request.table.lines(request.scale) if row.nets > request.seeds]


def _job(request: Request, row: Row, seed: int, members: Sequence[str], needs: tuple[str, ...]) -> Job:
    table, folder = request.table, request.folder
    config = table.config(row, request.scale, seed, folder, request.given)
    words = ["contentmix", "reproduce", table.number, "--scale", request.scale, "--rows", row.name]
    words += ["--seeds", str(seed + row.nets)]
    if request.options_file is not None:
        words += ["--options", str(request.options_file)]
    line = any(row.name == each.name for each in table.rows)
    measures = Measures(
        usage=table.analyse and line,
        corruptions=table.corruptions and line,
        oracle=None if row.oracle is None else folder / run_name(row.oracle, 0),
    )
    of = tuple(folder / member for member in members)
    return Job(row, seed, folder / run_name(row.name, seed), config, of, measures, needs, shlex.join(words))
