"""What the runs of a study would cost here, each distinct one measured once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

import yaml

from contentmix.runs.estimate import Cost, estimate, stand_in
from contentmix.runs.length import length_of
from contentmix.studies.job import Job
from contentmix.studies.plan import Request, plan


class Costs:
    """Costs of the jobs of a request, each distinct one measured once, as long as there is time.

    Args:
        request: what of which study.
        folder: an empty one, for runs that stand in.
        budget: seconds to spend on each measurement, but for one step.
        limit: seconds from the first measurement on after which no other is begun.
    """

    def __init__(self, request: Request, folder: Path, *, budget: float = 2.0, limit: float = 120.0) -> None:
        self._jobs = {job.name: job for job in plan(replace(request, folder=folder))}
        self._budget, self.limit, self._known = budget, limit, dict[str, Cost]()
        self._began: float | None = None

    def steps(self, job: Job) -> int | None:
        """Of the training of a job of the request, None where nothing is trained."""
        here = self._jobs[job.name]
        if here.of:
            return None
        self._stand_in(here.needs)
        return length_of(here.config, here.shapes).steps

    def of(self, job: Job) -> Cost | None:
        """The cost of a job that trains, None where there was no time to measure it."""
        here = self._jobs[job.name]
        self._stand_in(here.needs)
        kind = yaml.safe_dump({**here.config.flat(), **dict.fromkeys(("seed", "generator", "init"))})
        if kind in self._known:
            return self._known[kind]
        now = monotonic()
        self._began = now if self._began is None else self._began
        if now - self._began >= self.limit:
            return None
        self._known[kind] = estimate(here.config, here.shapes, budget=self._budget)
        return self._known[kind]

    def _stand_in(self, names: Sequence[str]) -> None:
        for name in names:
            needed = self._jobs[name]
            if not needed.folder.exists():
                self._stand_in(needed.needs)
                stand_in(needed.config, needed.folder, needed.shapes)
