"""Rows that are made of the runs of others, and rows that fail."""

import json
import shutil

import pytest

from contentmix.errors import UsageError
from contentmix.report import load_record, read_run
from contentmix.runs.config import read_config_file
from contentmix.studies.measured import read_runs
from contentmix.studies.plan import plan
from contentmix.studies.reuse import twin
from contentmix.studies.run_study import run_study
from contentmix.studies.study import Row, RunOf, Scale
from tests.studies.test_run_study import OPTIONS, TINY, request, tiny_study


def test_seeds_of_a_row_are_evaluated_together(tmp_path):
    """Two seeds of a vanilla row make a deep ensemble of two, of a MixMo row one of 2 networks x 2 members."""
    rows = (
        Row("mixmo", "cut-mixmo"),
        Row("vanilla", "supervised"),
        Row("two", "supervised", trained_as="vanilla", nets=2),
        Row("three", "cut-mixmo", trained_as="mixmo", nets=3),
        Row("mixmo-two", "cut-mixmo", trained_as="mixmo", nets=2),
    )
    table = tiny_study("tiny", "", rows, TINY.scales)
    outcome = run_study(request(table, tmp_path, seeds=2))
    assert [job.name for job in outcome.jobs if job.of] == ["two-seed0", "mixmo-two-seed0"]
    records = {name: load_record(tmp_path / f"{name}-seed0") for name in ("vanilla", "two", "mixmo-two")}
    assert {name: record.final.members for name, record in records.items()} == {"vanilla": 1, "two": 2, "mixmo-two": 4}
    assert records["two"].parameters == 2 * records["vanilla"].parameters
    each = [load_record(tmp_path / f"vanilla-seed{seed}").train for seed in range(2)]
    for name in ("steps", "seconds"):
        assert records["two"].train[name] == pytest.approx(sum(train[name] for train in each))
    assert records["two"].command.endswith("--rows two --seeds 2")
    (again,) = plan(request(tiny_study("other", "", rows[1:2], TINY.scales), tmp_path.parent / "other"))
    assert twin(again) == tmp_path / "vanilla-seed0", "an ensemble has its members' options, and is none of them"
    with pytest.raises(UsageError, match="row three is of 3 networks, seeds is 2: give 3 or more"):
        plan(request(table, tmp_path, seeds=2, rows=["three"]))


def test_runs_are_evaluated_again_at_their_last_epoch_too(tmp_path):
    """Table A.12's ensembles: of last epochs, where the runs' models are of their best ones; here of moving averages."""
    # It learns for three epochs; steps far too large in the fourth make it worse than any before.
    steps = {"schedule": "step", "milestones": (225,), "gamma": 20, "lr": 0.4, "warmup_epochs": 0.0}
    row = Row("vanilla", "supervised", {"select": "test", "epochs": 4, "batch_size": 64, "ema_decay": 0.5, **steps})
    again = Row("again", "supervised", row.options, trained_as="vanilla")
    assert not run_study(request(tiny_study("tiny", "", (row, again), TINY.scales), tmp_path)).failed
    _, last, best = load_record(tmp_path / "vanilla-seed0").evaluations
    assert best.epoch < last.epoch == 4
    assert load_record(tmp_path / "again-seed0").evaluations == (last, best)
    assert read_run(tmp_path / "again-seed0", checkpoint="last").figures["nll"] == pytest.approx(last.nll)
    # Who has deleted the checkpoints has the model's figures still.
    for checkpoint in (tmp_path / "vanilla-seed0").glob("checkpoints/step-*"):
        checkpoint.unlink()
    shutil.rmtree(tmp_path / "again-seed0")
    run_study(request(tiny_study("tiny", "", (row, again), TINY.scales), tmp_path))
    assert load_record(tmp_path / "again-seed0").evaluations == (best,)
    assert [len(read_runs(tmp_path, "again", which)) for which in ("best", "last")] == [1, 0]


def test_a_row_that_fails_stops_only_those_that_take_it(tmp_path):
    rows = (
        Row("broken", "supervised", {"lr": 1e30, "warmup_epochs": 0.0}),
        Row("from-broken", "supervised", {"init": RunOf("broken")}),
        Row("fine", "supervised"),
        Row("odd", "supervised", {"batch_size": 4096}),
    )
    table = tiny_study("tiny", "", rows, TINY.scales)
    outcome = run_study(request(table, tmp_path))
    assert [job.name for job in outcome.jobs] == ["fine-seed0"]
    assert set(outcome.failed) == {"broken-seed0", "from-broken-seed0", "odd-seed0"}
    assert "try a smaller lr" in outcome.failed["broken-seed0"]
    assert outcome.failed["from-broken-seed0"] == "it needs broken-seed0, which failed"
    assert outcome.failed["odd-seed0"].startswith("batch_size is 4096")
    mended = tiny_study("tiny", "", (*rows[1:3], Row("broken", "supervised")), TINY.scales)
    assert not (tmp_path / "broken-seed0").exists()
    stamp = (tmp_path / "fine-seed0" / "results.json").stat().st_mtime_ns
    assert not run_study(request(mended, tmp_path)).failed
    assert (tmp_path / "fine-seed0" / "results.json").stat().st_mtime_ns == stamp


def test_runs_take_the_runs_of_other_rows(tmp_path):
    """A generator and the oracle are trained once, before what takes them, and are no lines."""
    data = {"data": "digits-m", "image_size": 16}
    few = {"labels": 40, "unlabelled_batch": 120, "batch_size": 8}
    helpers = (
        Row("oracle", "supervised", {"batch_size": 256}),
        Row(
            "generator",
            "scimix-generator",
            {**few, "warmup": 0.0, "freeze_guide": False},
            {"s_c": "95.2"},
            oracle="oracle",
        ),
        Row("unused", "supervised"),
    )
    window = {"start": 0.0, "stop": 1.0, "generator": RunOf("generator"), "hybrid_batches": 1}
    rows = tuple(Row(name, "scimix", {**few, **window, "exploitation": name}) for name in ("contradict", "consistency"))
    table = tiny_study("tiny", "", rows, {"small": Scale({**OPTIONS, **data})}, helpers=helpers)
    order = [job.name for job in plan(request(table, tmp_path))]
    assert order == ["oracle-seed0", "generator-seed0", "contradict-seed0", "consistency-seed0"]
    outcome = run_study(request(table, tmp_path, rows=["contradict"]))
    assert not outcome.failed
    assert [job.name for job in outcome.jobs] == ["contradict-seed0"]
    quality = json.loads((tmp_path / "generator-seed0" / "quality.json").read_text())
    found = read_run(tmp_path / "generator-seed0").figures
    assert found["s_c"] == quality["hybrids"]["s_c"]
    assert found["mixup_s_r"] == quality["mixup"]["s_r"]
    labelled = {(tmp_path / f"{name}-seed0" / "labelled.txt").read_text() for name in ("generator", "contradict")}
    assert len(labelled) == 1
    # Whoever moves a table may go on with it.
    shutil.move(tmp_path / "contradict-seed0", tmp_path / "moved" / "contradict-seed0")
    plan(request(table, tmp_path / "moved", rows=["contradict"]))[-1].check()
    # Interrupted, it goes on from the generator that is where the table is now.
    for name in ("generator-seed0", "oracle-seed0"):
        shutil.move(tmp_path / name, tmp_path / "moved" / name)
    for name in ("results.json", "model.safetensors"):
        (tmp_path / "moved" / "contradict-seed0" / name).unlink()
    assert not run_study(request(table, tmp_path / "moved", rows=["contradict"])).failed
    options = read_config_file(tmp_path / "moved" / "contradict-seed0" / "config.yaml")
    assert options["generator"] == str(tmp_path / "moved" / "generator-seed0")
