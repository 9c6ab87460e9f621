"""Runs jobs in the order of their needs, on whatever performs them, and goes on where one fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from contentmix.studies.execute import attempt
from contentmix.studies.job import Job


class Pool(Protocol):
    """What performs jobs."""

    @property
    def free(self) -> bool:
        """Whether it takes another job."""
        ...

    def submit(self, job: Job) -> None:
        """Take a job whose needs are there."""
        ...

    def next(self) -> tuple[Job, str | None]:
        """Wait for a job to end: that job, and why it failed, None where it did its work."""
        ...


class Watch(Protocol):
    """Told what happens to jobs."""

    def prepares(self, what: str) -> None:
        """Something that several jobs need is being made."""
        ...

    def begins(self, job: Job) -> None:
        """The job was given to the pool."""
        ...

    def ends(self, job: Job, failure: str | None) -> None:
        """The job has done its work, or has failed."""
        ...


class InTurn:
    """One job after the other, in this process."""

    def __init__(self) -> None:
        self._waiting: deque[Job] = deque()

    @property
    def free(self) -> bool:
        """While none waits."""
        return not self._waiting

    def submit(self, job: Job) -> None:
        """Performed by the next ``next``."""
        self._waiting.append(job)

    def next(self) -> tuple[Job, str | None]:
        """Perform it."""
        job = self._waiting.popleft()
        return job, attempt(job)


class Silence:
    """Tells nobody."""

    def prepares(self, what: str) -> None:
        """Nothing."""

    def begins(self, job: Job) -> None:
        """Nothing."""

    def ends(self, job: Job, failure: str | None) -> None:
        """Nothing."""


def longest_first(jobs: Sequence[Job]) -> list[Job]:
    """``jobs`` such that those come first for which the longest chain of others waits: side by side they then end soonest.

    Args:
        jobs: in an order in which needs come first, which those of chains of one length keep.
    """
    chain = dict.fromkeys((job.name for job in jobs), 0)
    for job in reversed(jobs):
        for name in job.needs:
            chain[name] = max(chain[name], chain[job.name] + 1)
    return sorted(jobs, key=lambda job: -chain[job.name])


def run_jobs(jobs: Sequence[Job], pool: Pool, watch: Watch) -> dict[str, str]:
    """Perform ``jobs``, each after those that it needs; one whose need fails is not begun.

    Args:
        jobs: in an order in which needs come first.
        pool: performs them.
        watch: told of each.

    Returns:
        Why jobs failed, by their names.
    """
    waiting, running = list(jobs), 0
    done, failed = set[str](), dict[str, str]()

    def end(job: Job, failure: str | None) -> None:
        if failure is None:
            done.add(job.name)
        else:
            failed[job.name] = failure
        watch.ends(job, failure)

    while waiting or running:
        for job in list(waiting):
            broken = next((name for name in job.needs if name in failed), None)
            if broken is not None:
                waiting.remove(job)
                end(job, f"it needs {broken}, which failed")
            elif pool.free and done.issuperset(job.needs):
                waiting.remove(job)
                pool.submit(job)
                running += 1
                watch.begins(job)
        if running:
            running -= 1
            end(*pool.next())
    return failed
