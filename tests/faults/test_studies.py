"""Studies that are killed, or whose workers on a cluster are, end with the same records."""

import gc
import os
import random
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from contentmix.report import load_record
from contentmix.studies.cluster import ray_pool
from contentmix.studies.run_study import run_study
from tests.faults import FULL
from tests.faults.methods import same
from tests.faults.studies import PERFORM, request

KILLS = 20 if FULL else 2


@pytest.fixture(scope="module")
def whole(servers, tmp_path_factory):
    """Its folder, performed without disturbance, and the seconds that took."""
    folder, begun = tmp_path_factory.mktemp("whole") / "t", time.monotonic()
    servers.finish(folder, call=PERFORM)
    return folder, time.monotonic() - begun


def test_a_study_that_is_killed_ends_with_the_same_records(whole, servers, tmp_path, note):
    (reference, seconds), moments, kills, number = whole, random.Random(20), 0, 0
    while kills < KILLS:
        child = servers.start(tmp_path / str(number) / "t", call=PERFORM)
        child.running(moments.uniform(0, seconds / 2))
        if child.kill():
            kills += 1
            note("kills of a study", "the same records in the end")
        else:  # all was done
            assert child.code == 0, child.said
            number += 1
    servers.finish(tmp_path / str(number) / "t", call=PERFORM)
    for each in range(number + 1):
        for run in reference.glob("*-seed*"):
            same(tmp_path / str(each) / "t" / run.name, run)
            ours, theirs = (load_record(place) for place in (tmp_path / str(each) / "t" / run.name, run))
            assert (ours.evaluations, ours.command) == (theirs.evaluations, theirs.command)


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
def test_a_killed_worker_of_a_cluster_is_one_line_or_is_made_good(tmp_path, monkeypatch, note):
    """Where Ray tries again, nobody sees it; where it does not, in full, the study goes on and says so, and the same call ends it."""
    cluster = tmp_path / "cluster"
    if FULL:
        with monkeypatch.context() as patch:
            patch.setattr("contentmix.studies.cluster.RETRIES", 0)
            outcome = with_a_kill(cluster)
        assert list(outcome.failed) == ["mimo-seed0"]
        assert "\n" not in outcome.failed["mimo-seed0"]
        assert (cluster / "vanilla-seed0" / "results.json").exists()
        note("killed workers of a cluster, not tried again", "one line; the study goes on")
    outcome = with_a_kill(cluster)
    assert not outcome.failed
    assert load_record(cluster / "mimo-seed0").train["seconds"] is None, "the run was continued"
    assert not run_study(a_table(tmp_path / "apart" / "local")).failed
    for job in outcome.jobs:
        same(cluster / job.name, tmp_path / "apart" / "local" / job.name)
        ours, theirs = (load_record(tmp_path / place / job.name) for place in ("cluster", "apart/local"))
        assert ours.evaluations == theirs.evaluations
        assert ours.train["steps"] == theirs.train["steps"]
        assert ours.command == theirs.command
    note("killed workers of a cluster, tried again", "the same records in the end")


def a_table(folder):
    return request(folder, seeds=1)


def with_a_kill(folder):
    """What becomes of the table on a cluster, one of whose workers is killed."""
    killed, ended = [], threading.Event()
    killer = threading.Thread(target=kill_in_the_middle, args=(folder / "mimo-seed0", killed, ended))
    killer.start()
    try:
        outcome = run_study(a_table(folder), on=partial(ray_pool, None))
    finally:
        ended.set()
        killer.join()
        gc.collect()  # what Ray leaves to the collector is told of here, not in another test
    assert len(killed) == 1, "a worker was killed"
    return outcome
