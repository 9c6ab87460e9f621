"""A study whose runs are performed side by side on this machine."""

from functools import partial

import pytest

from contentmix.report import load_record
from contentmix.studies.plan import Request
from contentmix.studies.processes import side_by_side
from contentmix.studies.run_study import run_study
from contentmix.studies.study import Row, RunOf, Scale, Study
from tests.cli.helpers import contentmix, one_line

OPTIONS = {"data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 256, "device": "cpu"}
STUDY = Study(
    "tiny",
    "one epoch of digits",
    (
        Row("vanilla", "supervised"),
        Row("again", "supervised", {"init": RunOf("vanilla")}),
        Row("broken", "supervised", {"batch_size": 5000}),
    ),
    {"small": Scale(OPTIONS)},
)


def test_runs_side_by_side_leave_the_records_of_runs_in_turn(tmp_path):
    both = {
        folder: run_study(Request(STUDY, tmp_path / folder, rows=["vanilla", "again", "broken"], seeds=1), **how)
        for folder, how in {"at-once": {"on": partial(side_by_side, 2)}, "in-turn": {}}.items()
    }
    for outcome in both.values():
        assert [job.name for job in outcome.jobs] == ["vanilla-seed0", "again-seed0"]
        assert list(outcome.failed) == ["broken-seed0"]
    assert both["at-once"].failed == both["in-turn"].failed, "of the same words"
    for name in ("vanilla-seed0", "again-seed0"):
        made = [load_record(tmp_path / folder / name).evaluations for folder in both]
        assert made[0] == made[1], "what another needs was there before it"


def test_how_many_at_once_is_not_said_of_a_cluster(capsys):
    assert contentmix("reproduce", "3.6", "--on", "ray", "--jobs", "2") == 2
    assert "--jobs is of this machine" in one_line(capsys)


@pytest.mark.parametrize("count", ["0", "1.5"])
def test_at_least_one_is_performed_at_once(count, capsys):
    assert contentmix("reproduce", "3.6", "--jobs", count) == 2
    assert "jobs" in one_line(capsys)
