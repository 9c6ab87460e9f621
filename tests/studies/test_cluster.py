"""A table on a real Ray cluster of two workers."""

import gc
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from contentmix.errors import UsageError
from contentmix.report import load_record
from contentmix.studies.cluster import ray_pool, resources
from contentmix.studies.plan import Request, plan
from contentmix.studies.run_study import run_study
from contentmix.studies.study import Row, Scale, Study
from tests.cli.helpers import contentmix, one_line

OPTIONS = {
    "data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 128, "checkpoint_every": 8, "device": "cpu",
}  # fmt: skip
STUDY = Study(
    "tiny",
    "one epoch of digits",
    (
        Row("vanilla", "supervised"),
        Row("mixmo", "cut-mixmo", {"batch_repetition": 4}),
        Row("two", "supervised", trained_as="vanilla", nets=2),
    ),
    {"small": Scale(OPTIONS)},
    kind="table",
    command=("reproduce", "tiny"),
)

ROWS = ["vanilla", "mixmo"]


def workers(name):
    """Processes of this user's Ray that perform the job ``name``, below this process."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            title = (place / "cmdline").read_bytes().split(b"\0")[0].decode()
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            grandparent = int((Path("/proc") / str(parent) / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if title == f"ray::{name}" and os.getpid() in (parent, grandparent):
            found.append(int(place.name))
    return found


def kill_in_the_middle(run, killed, ended):
    """Kill the worker of a run once it has written a checkpoint, by SIGKILL."""
    while not (killed or ended.is_set()):
        if any((run / "checkpoints").glob("step-*")) and not (run / "results.json").exists():
            for process in workers(run.name):
                os.kill(process, signal.SIGKILL)
                killed.append(process)
        time.sleep(0.01)


# Ray opens files and sockets of its own, and leaves them to the end of the process.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the worker in /proc")
def test_a_table_completes_though_a_worker_is_killed_with_the_records_of_a_local_run(tmp_path):
    killed, ended = [], threading.Event()
    killer = threading.Thread(target=kill_in_the_middle, args=(tmp_path / "cluster" / "mixmo-seed0", killed, ended))
    killer.start()
    try:
        outcome = run_study(Request(STUDY, tmp_path / "cluster", "small", ROWS, 1), on=partial(ray_pool, None))
    finally:
        ended.set()
        killer.join()
        gc.collect()  # what Ray leaves to the collector is told of here, not in another test
    assert len(killed) == 1, "a worker was killed"
    assert not outcome.failed
    assert load_record(tmp_path / "cluster" / "mixmo-seed0").train["seconds"] is None, "the run was continued"
    assert not run_study(Request(STUDY, tmp_path / "apart" / "local", "small", ROWS, 1)).failed
    for job in outcome.jobs:
        ours, theirs = (load_record(tmp_path / place / job.name) for place in ("cluster", "apart/local"))
        assert ours.evaluations == theirs.evaluations
        assert ours.train["steps"] == theirs.train["steps"]
        assert ours.command == theirs.command
        history = [(tmp_path / place / job.name / "metrics.csv").read_bytes() for place in ("cluster", "apart/local")]
        assert history[0] == history[1]


def test_a_job_claims_what_it_uses(tmp_path):
    first, _, two = plan(Request(STUDY, tmp_path, "small", seeds=2, rows=["two"]))
    assert resources(first, gpus=True) == {"num_cpus": 1, "num_gpus": 0}  # device cpu
    free = Request(STUDY, tmp_path, "small", seeds=2, rows=["two"], given={"device": "auto", "devices": 4})
    first, _, two = plan(free)
    assert resources(first, gpus=True) == {"num_cpus": 4, "num_gpus": 4}
    assert resources(first, gpus=False) == {"num_cpus": 4, "num_gpus": 0}
    assert resources(two, gpus=True)["num_gpus"] == 0


def test_without_ray_its_extra_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"--on ray needs its extra: pip install 'contentmix\[ray\]'"), ray_pool():
        pass
    words = ["reproduce", "3.6", "--scale", "small", "--on", "ray", "--out", tmp_path / "t"]
    assert contentmix(*words) == 2
    assert "pip install 'contentmix[ray]'" in one_line(capsys)
