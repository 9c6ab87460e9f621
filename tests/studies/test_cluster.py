"""What jobs claim of a cluster, and what is said without Ray; what happens to one is in tests/faults."""

import sys
from dataclasses import replace

import pytest

from contentmix.errors import UsageError
from contentmix.studies.cluster import ray_pool, resources
from contentmix.studies.plan import Request, plan
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


def test_a_job_claims_what_it_uses(tmp_path):
    first, _, two = plan(Request(STUDY, tmp_path, "small", seeds=2, rows=["two"]))
    assert resources(first, gpus=True) == {"num_cpus": 1, "num_gpus": 0}  # device cpu
    free = Request(STUDY, tmp_path, "small", seeds=2, rows=["two"], given={"device": "auto", "devices": 4})
    first, _, two = plan(free)
    assert resources(first, gpus=True) == {"num_cpus": 4, "num_gpus": 4}
    assert resources(first, gpus=False) == {"num_cpus": 4, "num_gpus": 0}
    assert resources(two, gpus=True) == {"num_cpus": 1, "num_gpus": 0}
    *_, two = plan(replace(free, given={"device": "cuda"}))
    assert resources(two, gpus=True) == {"num_cpus": 1, "num_gpus": 1}


def test_without_ray_its_extra_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"--on ray needs its extra: pip install 'contentmix\[ray\]'"), ray_pool():
        pass
    words = ["reproduce", "3.6", "--on", "ray", "--out", tmp_path / "t"]
    assert contentmix(*words) == 2
    assert "pip install 'contentmix[ray]'" in one_line(capsys)
