"""What a person sees of a study at work: runs done of all, and the time left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contentmix.durations import duration
from contentmix.studies.job import Job


class StudyProgress:
    """A line for each run that ends and a bar below; the time left is the mean time of those that ran x those to come.

    Args:
        console: to print on, of ``open_console``.
        jobs: all of the study's.
    """

    def __init__(self, console: Console, jobs: Sequence[Job]) -> None:
        self._kept = {job.name for job in jobs if job.done}
        self._begun = set[str]()
        self._count, self._ran, self._start = len(jobs), 0, time.monotonic()
        self._to_come = len(jobs) - len(self._kept)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[left]}", markup=False), console=console, transient=True,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=len(jobs), left="")

    def __enter__(self) -> StudyProgress:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def prepares(self, what: str) -> None:
        """Print what is being made for several runs."""
        self._progress.console.print(what, soft_wrap=True)

    def begins(self, job: Job) -> None:
        """Say which run is at work."""
        if not self._begun:  # what was prepared before takes no part of a run's time
            self._start = time.monotonic()
        self._begun.add(job.name)
        self._progress.update(self._task, description=job.name)

    def ends(self, job: Job, failure: str | None) -> None:
        """Print what became of a run."""
        left = ""
        if job.name not in self._kept:
            self._ran += job.name in self._begun  # what it needs may have failed
            self._to_come -= 1
            if self._ran and self._to_come:
                left = f", {duration((time.monotonic() - self._start) / self._ran * self._to_come)} left"
        what = "failed" if failure else "kept" if job.name in self._kept else "done"
        self._progress.update(self._task, advance=1, left=left.removeprefix(", "))
        done = int(self._progress.tasks[0].completed)
        line = f"[{done}/{self._count}] {job.folder}: {job.config.method}, {what}{left}"
        self._progress.console.print(line, soft_wrap=True)
