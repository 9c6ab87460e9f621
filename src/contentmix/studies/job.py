"""One run of a study: what it is, what it needs, and whether it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from contentmix.errors import UsageError, require
from contentmix.options.run import ELSEWHERE
from contentmix.report.record import RESULTS
from contentmix.runs.config import Config, read_config_file, with_effect
from contentmix.runs.folder import CONFIG
from contentmix.runs.prepare import resolved
from contentmix.runs.shapes import Shapes
from contentmix.studies.measures import Measures
from contentmix.studies.study import Row, RunOf


@dataclass(frozen=True)
class Job:
    """One run of a study.

    Attributes:
        row: its line, or helper.
        seed: its seed.
        folder: its run folder.
        config: what is trained, its own folder left open.
        of: run folders of another row that it evaluates, where nothing is trained.
        measures: what is measured of it beyond its record.
        needs: names of the jobs that come before it.
        command: that makes it, for the record; None where nothing but its configuration does.
        kind: of the study.
        shapes: of the data of all jobs of the study.
    """

    row: Row
    seed: int
    folder: Path
    config: Config
    of: tuple[Path, ...]
    measures: Measures
    needs: tuple[str, ...]
    command: str | None
    kind: str
    shapes: Shapes = field(default_factory=Shapes, compare=False, repr=False)

    @property
    def name(self) -> str:
        """That of its folder."""
        return self.folder.name

    @property
    def members(self) -> tuple[Path, ...]:
        """Folders of the runs that it predicts by."""
        return self.of or (self.folder,)

    @property
    def done(self) -> bool:
        """Whether it is trained and measured, but for its cost."""
        return (self.folder / RESULTS).exists() and not self.measures.missing(self.folder)

    @cached_property
    def options(self) -> dict[str, Any]:
        """All of its run that decide what comes out, with nothing left open to the recipe of its data."""
        config = resolved(self.config, self.shapes.of(self.config.run))
        return {name: value for name, value in config.flat().items() if name not in ELSEWHERE}

    @property
    def taken(self) -> dict[str, Any]:
        """Its options that are folders of other runs of the study."""
        own = self.config.flat()
        return {name: own[name] for name, value in self.row.options.items() if isinstance(value, RunOf)}

    @property
    def of_these_data(self) -> bool:
        """Whether what is in its folder was made with its data, wherever these were."""
        if not (self.folder / CONFIG).exists():
            return False
        return _unmoved(read_config_file(self.folder / CONFIG).get("data")) == _unmoved(self.config.run.data)

    def check(self) -> None:
        """Raise a ``UsageError`` where it asks for several nodes, or its folder holds a run of other options."""
        nodes = self.config.run.nodes
        require(
            nodes == 1,
            f"nodes is {nodes}: a study spreads over nodes by --on ray, a run by a 'contentmix train' of its own",
        )
        if not (self.folder / CONFIG).exists():
            return
        # An option that is younger than the run had its default's effect.
        made = {**Config(self.config.method).flat(), **with_effect(read_config_file(self.folder / CONFIG))}
        asked = self.config.flat()
        for name, value in self.options.items():
            was, wanted = made.get(name), value
            if name in self.taken or name == "data":
                was, wanted = map(_unmoved, (was, wanted))
            # So may a recipe be younger than the run, which then had none of that option's effect.
            if was != wanted and not (was is None and asked.get(name) is None):
                raise UsageError(
                    f"run {self.folder} was made with {name} {was}, the {self.kind} asks for {wanted}: choose another --out"
                )


def _unmoved(folder: object) -> str:
    """What a folder that may have moved is still called."""
    return Path(str(folder)).name
