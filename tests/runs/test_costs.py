"""What runs cost together."""

import json
import shutil
from dataclasses import replace

import pytest

from contentmix.report import COST, load_record, read_run
from contentmix.runs.costs import measure_cost
from contentmix.studies.measured import MeasuredRow
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


def test_time_is_not_known_where_a_run_was_interrupted(run, tmp_path):
    resumed = tmp_path / "resumed"
    shutil.copytree(run, resumed)
    record = json.loads((resumed / "results.json").read_text())
    record["train"]["seconds"] = None
    (resumed / "results.json").write_text(json.dumps(record))
    both = measure_cost([run, resumed], device="cpu")
    assert (both["train_seconds"], both["interrupted"]) == (None, 1)
    save_json(both, resumed / COST.file)
    figures = read_run(resumed).figures
    assert set(COST.columns) - set(figures) == {"train_seconds"}
    # Means are of the seeds of which it is known.
    save_json({**both, "train_seconds": 2.0}, run / COST.file)
    known = replace(read_run(run), record=replace(load_record(run), seed=1))
    assert MeasuredRow("row", runs=[read_run(resumed), known]).measured("train_seconds", 1) == "2.0 [1]"


def test_the_mean_of_the_last_weights_is_evaluated_beside_the_last(run):
    raw, mean = load_record(run).evaluations[:2]
    assert (raw.checkpoint, mean.checkpoint) == ("raw", "last")
    assert raw.nll != mean.nll


def test_an_average_that_is_not_kept_cannot_begin(tmp_path, capsys):
    assert contentmix("train", "supervised", *fast(1), "--ema-start", 0.5, "--out", tmp_path / "run") == 2
    assert "ema_start is 0.5, and no average is kept: give an ema_decay too" in one_line(capsys)
