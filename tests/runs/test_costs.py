"""What runs cost together."""

import pytest

from contentmix.report import COST, load_record, read_run
from contentmix.runs.costs import measure_cost
from contentmix.studies.measures import save_json
from tests.cli.helpers import contentmix, fast, one_line


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """With the plain mean of the weights of its last half."""
    folder = tmp_path_factory.mktemp("costs") / "run"
    words = ["--image-size", 8, "--labels", 300, "--logger", "none", "--ema-decay", 1, "--ema-start", 0.5]
    assert contentmix("train", "supervised", *fast(2), *words, "--out", folder) == 0
    return folder


def test_costs_add_up_over_runs_and_are_among_the_figures(run):
    record, two = load_record(run), measure_cost([run, run], device="cpu")
    assert two["mflops"] == pytest.approx(2 * record.flops / 1e6)
    assert two["train_steps"] == 2 * record.train["steps"] > 0
    assert two["train_seconds"] == pytest.approx(2 * record.train["seconds"])
    assert two["predict_ms"] > 0
    assert (two["device"], two["interrupted"]) == ("cpu", 0)
    save_json(two, run / COST.file)
    assert {name: read_run(run).figures[name] for name in COST.columns} == {name: two[name] for name in COST.columns}


def test_the_mean_of_the_last_weights_is_evaluated_beside_the_last(run):
    raw, mean = load_record(run).evaluations[:2]
    assert (raw.checkpoint, mean.checkpoint) == ("raw", "last")
    assert raw.nll != mean.nll


def test_an_average_that_is_not_kept_cannot_begin(tmp_path, capsys):
    assert contentmix("train", "supervised", *fast(1), "--ema-start", 0.5, "--out", tmp_path / "run") == 2
    assert "ema_start is 0.5, and no average is kept: give an ema_decay too" in one_line(capsys)
