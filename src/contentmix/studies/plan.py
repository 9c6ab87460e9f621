"""The runs that a study consists of, each once, after those that it takes."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contentmix.errors import require
from contentmix.runs.shapes import Shapes
from contentmix.studies.job import Job
from contentmix.studies.measures import Measures
from contentmix.studies.study import Row, Study, run_name


@dataclass(frozen=True)
class Request:
    """What of a study is asked for.

    Attributes:
        study: what is compared.
        folder: where its runs are.
        scale: of the study (default: its first).
        rows: names of its rows, all by default.
        seeds: runs of each row, with seeds from 0.
        given: options of the run that win over the study's.
        options_file: where these come from, for the record.
        shapes: of its data, which are read once for all that is asked about the request.
    """

    study: Study
    folder: Path
    scale: str = ""
    rows: Sequence[str] | None = None
    seeds: int = 3
    given: Mapping[str, Any] = field(default_factory=dict)
    options_file: Path | None = None
    shapes: Shapes = field(default_factory=Shapes, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", self.scale or next(iter(self.study.scales)))


def plan(request: Request) -> list[Job]:
    """Every run that the rows asked for consist of, once each: runs that others take come before them.

    An ensemble of n runs is made of those of seeds s to s + n - 1, for s = 0, n, 2 n and so on: two that share a run would say
    little more than one.

    Raises:
        UsageError: an unknown row or scale, no seed, an ensemble of more runs than seeds.
    """
    study, seeds = request.study, request.seeds
    require(seeds >= 1, f"seeds is {seeds}: choose 1 or more")
    named = [study.row(name, request.scale) for name in request.rows or ()]
    for row in named:
        require(
            row.nets <= seeds, f"row {row.name} is of {row.nets} networks, seeds is {seeds}: give {row.nets} or more"
        )
    jobs = dict[str, Job]()

    def helper(name: str) -> Row:
        return study.row(name, request.scale)

    def add(row: Row, seed: int) -> str:
        name = run_name(row.name, seed)
        if name not in jobs:
            others = [add(helper(other), seed) for other in row.takes()]
            members = [] if row.trained_as is None else [add(helper(row.trained_as), seed + i) for i in range(row.nets)]
            members += [add(helper(other), seed) for other in row.together]
            # One classifier stands for a person, whatever the seed.
            oracle = [] if row.oracle is None else [add(helper(row.oracle), 0)]
            needs = tuple(dict.fromkeys([*others, *members, *oracle]))
            jobs[name] = _job(request, row, seed, members, needs)
        return name

    for seed in range(seeds):
        for row in named or study.lines(request.scale):
            if seed % row.nets == 0 and seed + row.nets <= seeds:
                add(row, seed)
    return list(jobs.values())


def left_out(request: Request) -> list[Row]:
    """Rows of the study, none of which were named, that are of more networks than there are seeds."""
    return [] if request.rows else [row for row in request.study.lines(request.scale) if row.nets > request.seeds]


def _job(request: Request, row: Row, seed: int, members: Sequence[str], needs: tuple[str, ...]) -> Job:
    study, folder = request.study, request.folder
    config = study.config(row, request.scale, seed, folder, request.given)
    line = any(row.name == each.name for each in study.rows)
    measures = Measures(
        usage=row.usage and line,
        corruptions=study.scale(request.scale).corruptions if line else None,
        cost=study.scale(request.scale).cost and line,
        others=study.scale(request.scale).others if line else None,
        oracle=None if row.oracle is None else folder / run_name(row.oracle, 0),
    )
    of = tuple(folder / member for member in members)
    place = folder / run_name(row.name, seed)
    return Job(row, seed, place, config, of, measures, needs, _command(request, row, seed), study.kind, request.shapes)


def _command(request: Request, row: Row, seed: int) -> str | None:
    if not request.study.command:
        return None
    scale = ["--scale", request.scale] if request.scale else []
    words = ["contentmix", *request.study.command, *scale, "--rows", row.name, "--seeds", str(seed + row.nets)]
    if request.options_file is not None:
        words += ["--options", str(request.options_file)]
    return shlex.join(words)
