"""Jobs of a study side by side on this machine, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import torch

from contentmix.studies.execute import attempt
from contentmix.studies.job import Job


class Processes:
    """So many jobs at once, which share the cores, or one accelerator.

    Args:
        executor: of as many processes.
        count: how many jobs are performed at once.
    """

    def __init__(self, executor: ProcessPoolExecutor, count: int) -> None:
        self._executor, self._count = executor, count
        self._running: dict[Future[str | None], Job] = {}

    @property
    def free(self) -> bool:
        """While a process has nothing to do."""
        return len(self._running) < self._count

    def submit(self, job: Job) -> None:
        """Begin it."""
        self._running[self._executor.submit(attempt, job)] = job

    def next(self) -> tuple[Job, str | None]:
        """Wait for one; where its process was killed, that is why it failed."""
        ended = next(iter(wait(self._running, return_when=FIRST_COMPLETED).done))
        job = self._running.pop(ended)
        try:
            return job, ended.result()
        except BrokenProcessPool:
            return job, "a process of this study was killed: the same command continues it"


@contextmanager
def side_by_side(count: int) -> Iterator[Processes]:
    """A pool of ``count`` jobs at once, each with its share of the cores."""
    threads = max(1, min(torch.get_num_threads(), (os.cpu_count() or 1) // count))
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(count, context, initializer=torch.set_num_threads, initargs=(threads,))
    try:
        yield Processes(executor, count)
    finally:
        executor.shutdown(cancel_futures=True)
