"""Runs what is missing of a study; what has finished is kept, what was interrupted is continued."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from contentmix.errors import Interrupted, UsageError
from contentmix.files import alone_in, sweep
from contentmix.report.record import RESULTS
from contentmix.runs.libraries import check_libraries
from contentmix.studies.execute import attempt_cost
from contentmix.studies.job import Job
from contentmix.studies.photos import check_photos
from contentmix.studies.plan import Request, plan
from contentmix.studies.schedule import InTurn, Pool, Silence, Watch, longest_first, run_jobs


@dataclass(frozen=True)
class Outcome:
    """What became of a study.

    Attributes:
        jobs: those of its rows that are finished, in the order of seeds and rows.
        failed: why others, helpers among them, are not, by their names.
    """

    jobs: tuple[Job, ...]
    failed: dict[str, str]


def run_study(
    request: Request,
    *,
    on: Callable[[], AbstractContextManager[Pool]] = lambda: nullcontext(InTurn()),
    watch: Watch | None = None,
) -> Outcome:
    """Perform every run of ``request`` that is not there, each in a folder of its own.

    Killed at any moment, a second call finishes the study with the same records. A run that fails does not stop the others, but
    for those that take it; a second call tries it again.

    Args:
        request: what of which study.
        on: opens what performs the runs: this process, or ``cluster.ray_pool``.
        watch: told of each run.

    Raises:
        UsageError: an unknown row or scale, another process at work in its folder, what ``check`` finds there, or
            a measure whose library is not installed.
        Interrupted: Ctrl-C.
    """
    jobs, watch = plan(request), watch or Silence()
    check(jobs)
    check_measures(jobs)
    with alone_in(request.folder):
        sweep(request.folder)
        try:
            for job in jobs:
                job.measures.prepare(job.folder, job.config.run, job.shapes, watch.prepares)
            with on() as pool:
                in_turn = isinstance(pool, InTurn)  # seed by seed
                failed = run_jobs(jobs if in_turn else longest_first(jobs), pool, watch)
            # Costs are measured here, one by one: beside other runs everything takes longer.
            for job in jobs:
                if job.name not in failed and (reason := attempt_cost(job)) is not None:
                    failed[job.name] = reason
        except (Interrupted, KeyboardInterrupt) as stop:
            raise Interrupted("interrupted; the same command continues it") from stop
    lines = {row.name for row in request.study.rows}
    return Outcome(tuple(job for job in jobs if job.row.name in lines and job.name not in failed), failed)


def check_measures(jobs: Sequence[Job]) -> None:
    """Raise a ``ContentmixError`` where what is missing of a job cannot be measured here, asking once for those of a kind."""
    asked = dict[Hashable, Job]()
    for job in jobs:
        run, measures = job.config.run, job.measures
        what = (measures.corruptions, measures.others, *measures.missing(job.folder))
        asked.setdefault((*what, run.data, run.data_root, run.image_size), job)
    for job in asked.values():
        job.measures.check(job.folder, job.config.run, job.shapes)


def check(jobs: Sequence[Job]) -> None:
    """Find out whether all of ``jobs`` can go on from what is there.

    Raises:
        UsageError: a run that is there was made with other options or other photos, or of a run that is gone, or one that is not
            there needs a library that is not installed.
    """
    check_photos(jobs)
    folders = {job.name: job.folder for job in jobs}
    for job in jobs:
        job.check()
        if not (job.of or job.done):
            try:
                check_libraries(job.config)
            except UsageError as error:
                raise UsageError(f"row {job.row.name}: {error}") from error
        gone = [name for name in job.needs if not (folders[name] / RESULTS).exists()]
        if gone and (job.folder / RESULTS).exists():
            raise UsageError(
                f"run {job.folder} was made of {gone[0]}, which is gone: bring that back, delete both, or choose another --out"
            )
