"""Jobs of a study on a cluster, by Ray: the only file that imports it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from contentmix.errors import ContentmixError, UsageError
from contentmix.studies.execute import attempt
from contentmix.studies.job import Job

RETRIES = 5  # of a job whose worker died; it continues from its last checkpoint


class RayPool:
    """Every job is a task of Ray that claims as much of a node as it will use.

    Args:
        ray: the library, connected to a cluster.
    """

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._task = ray.remote(attempt)
        self._gpus = bool(ray.cluster_resources().get("GPU"))
        self._running: dict[Any, Job] = {}

    @property
    def free(self) -> bool:
        """Always: Ray keeps the queue."""
        return True

    def submit(self, job: Job) -> None:
        """Queue it."""
        claim = {**resources(job, gpus=self._gpus), "max_retries": RETRIES}
        self._running[self._task.options(name=job.name, **claim).remote(job)] = job

    def next(self) -> tuple[Job, str | None]:
        """Wait for one; where its workers died too often, that is why it failed."""
        (ended,), _ = self._ray.wait(list(self._running))
        job = self._running.pop(ended)
        try:
            return job, self._ray.get(ended)
        except self._ray.exceptions.RayError as error:
            return job, " ".join(str(error).split())


def resources(job: Job, *, gpus: bool) -> dict[str, int]:
    """What a job claims: a CPU for each process, and a GPU where it will compute on one."""
    run = job.config.run
    if job.of:  # one process evaluates, on a CPU where nothing else is asked for
        return {"num_cpus": 1, "num_gpus": int(run.device == "cuda")}
    on_gpu = run.device == "cuda" or (run.device == "auto" and gpus)
    return {"num_cpus": run.devices, "num_gpus": run.devices if on_gpu else 0}


@contextmanager
def ray_pool(address: str | None = None) -> Iterator[RayPool]:
    """A pool on the cluster at ``address``, or on one of this machine alone that ends with it.

    Raises:
        UsageError: Ray is not installed.
        ContentmixError: there is no cluster at ``address``, or none starts.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anyone
    try:
        import ray
    except ImportError as error:
        raise UsageError("--on ray needs its extra: pip install 'contentmix[ray]'") from error
    try:
        try:
            ray.init(address=address or "local", include_dashboard=None if address else False, log_to_driver=False)
        except Exception as error:  # of many kinds, the base class among them
            where = f"no Ray cluster answers at {address}" if address else "Ray does not start here"
            raise ContentmixError(f"{where}: {' '.join(str(error).split())}") from error
        yield RayPool(ray)
    finally:
        ray.shutdown()
