"""Studies as runs."""

import shutil
from dataclasses import replace
from functools import partial

import pytest
import torch

from contentmix.errors import DataError, UsageError
from contentmix.files import atomic_write
from contentmix.report import load_record, load_usage, read_run
from contentmix.runs.config import config_from, read_config_file
from contentmix.studies import execute
from contentmix.studies.plan import Request, plan
from contentmix.studies.reuse import twin
from contentmix.studies.run_study import run_study
from contentmix.studies.study import Row, Scale, Study

tiny_study = partial(Study, kind="table", command=("reproduce", "tiny"))
OPTIONS = {"data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 256}
TINY = tiny_study(
    "tiny",
    "one epoch of digits",
    (Row("mixmo", "cut-mixmo", usage=True), Row("shared", "mixshare", {"fade_epochs": 150}, usage=True)),
    {"small": Scale(OPTIONS)},
)


def request(table, folder, **asked):
    return Request(table, folder, **{"scale": "small", "seeds": 1, **asked})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table") / "t"
    run_study(request(TINY, folder))
    return folder


def test_a_table_is_run_analysed_and_kept(made):
    before = (made / "shared-seed0" / "results.json").stat().st_mtime_ns
    outcome = run_study(request(TINY, made))
    assert [job.name for job in outcome.jobs] == ["mixmo-seed0", "shared-seed0"]
    assert not outcome.failed
    assert (made / "shared-seed0" / "results.json").stat().st_mtime_ns == before
    assert load_usage(made / "mixmo-seed0").blocks[-1].name == "output block"
    record = load_record(made / "mixmo-seed0")
    assert record.command == "contentmix reproduce tiny --scale small --rows mixmo --seeds 1"
    assert 0 < read_run(made / "mixmo-seed0").figures["sharing"] < 100
    assert {"top1", "activity_0.4"} <= set(read_run(made / "mixmo-seed0").figures)


def test_costs_are_measured_when_nothing_is_trained_any_more(made, tmp_path, monkeypatch):
    """Both runs are there by the first measurement; the one that fails is named and made good by the next call."""
    shutil.copytree(made, tmp_path / "t")
    study = replace(TINY, scales={"small": Scale(OPTIONS, cost=True)})
    shutil.rmtree(tmp_path / "t" / "shared-seed0")
    found, busy = [], [True]

    def measure(members, device):
        if busy[0] and members[0].name == "mixmo-seed0":
            raise DataError("the device is busy")
        found.append(len(list(members[0].parent.glob("*/results.json"))))
        return {"predict_ms": 1.0}

    monkeypatch.setattr("contentmix.studies.measures.measure_cost", measure)
    assert run_study(request(study, tmp_path / "t")).failed == {"mixmo-seed0": "the device is busy"}
    busy[0] = False
    assert not run_study(request(study, tmp_path / "t")).failed
    assert found == [2, 2]
    assert (tmp_path / "t" / "mixmo-seed0" / "cost.json").is_file()


def test_runs_are_measured_and_evaluated_again_where_they_were_trained(made, tmp_path, monkeypatch):
    """On a machine whose own choice would be another device."""
    shutil.copytree(made, tmp_path / "t")
    (tmp_path / "t" / "mixmo-seed0" / "usage.json").unlink()
    monkeypatch.setattr(
        "contentmix.runs.model.device_of", lambda name: torch.device("meta" if name == "auto" else name)
    )
    rows = (TINY.rows[0], Row("again", "cut-mixmo", trained_as="mixmo"))
    study = replace(TINY, rows=rows, scales={"small": Scale(OPTIONS, cost=True)})
    assert not run_study(request(study, tmp_path / "t", given={"device": "cpu"})).failed
    assert {path.parent.name for path in tmp_path.glob("t/*/cost.json")} == {"mixmo-seed0", "again-seed0"}
    assert (tmp_path / "t" / "mixmo-seed0" / "usage.json").exists()


def test_a_run_of_which_only_the_cost_is_missing_is_done(made):
    jobs = plan(request(replace(TINY, scales={"small": Scale(OPTIONS, cost=True)}), made))
    assert [job.done for job in jobs] == [True, True]


def test_a_run_that_lost_its_end_is_made_again(made, tmp_path):
    shutil.copytree(made, tmp_path / "t")
    place = tmp_path / "t" / "mixmo-seed0"
    weights = (place / "model.safetensors").read_bytes()
    for name in ("results.json", "model.safetensors"):
        (place / name).unlink()
    for checkpoint in place.glob("checkpoints/*"):
        checkpoint.unlink()
    (tmp_path / "t" / "shared-seed0" / "report.html").unlink()
    run_study(request(TINY, tmp_path / "t"))
    assert (place / "model.safetensors").read_bytes() == weights
    assert (tmp_path / "t" / "shared-seed0" / "report.html").exists()


def test_runs_of_other_options_are_not_taken_for_the_table_s(made):
    other = tiny_study("tiny", "", (Row("new", "mimo"), Row("mixmo", "cut-mixmo", {"r": 1.0})), TINY.scales)
    with pytest.raises(UsageError, match=r"made with r 3.0, the table asks for 1.0: choose another --out"):
        run_study(request(other, made))
    assert not (made / "new-seed0").exists(), "this is said before anything runs"


@pytest.mark.parametrize(("option", "value"), [("lr", 0.9), ("labels", 100), ("weight_decay", 0.1)])
def test_what_a_table_leaves_to_the_recipe_is_the_recipe_s(option, value, made, tmp_path):
    run = tmp_path / "t" / "mixmo-seed0"
    shutil.copytree(made / "mixmo-seed0", run)
    config_from({**read_config_file(run / "config.yaml"), option: value}).save(run / "config.yaml")
    with pytest.raises(UsageError, match=f"made with {option} {value}, the table asks for .*: choose another --out"):
        run_study(request(TINY, tmp_path / "t", rows=["mixmo"]))


def test_what_was_made_of_a_run_that_is_gone_is_named(made, tmp_path):
    table = tiny_study(
        "tiny", "", (Row("mixmo", "cut-mixmo"), Row("again", "cut-mixmo", trained_as="mixmo")), TINY.scales
    )
    shutil.copytree(made / "mixmo-seed0", tmp_path / "mixmo-seed0")
    run_study(request(table, tmp_path))
    shutil.rmtree(tmp_path / "mixmo-seed0")
    with pytest.raises(UsageError, match=r"again-seed0 was made of mixmo-seed0, which is gone: bring that back"):
        run_study(request(table, tmp_path))


def test_what_a_table_does_not_have_is_named(tmp_path):
    with pytest.raises(UsageError, match="unknown scale 'large'"):
        plan(request(TINY, tmp_path, scale="large"))
    with pytest.raises(UsageError, match="unknown row of tiny 'mixmi'; did you mean 'mixmo'"):
        plan(request(TINY, tmp_path, rows=["mixmi"]))
    with pytest.raises(UsageError, match="seeds is 0"):
        plan(request(TINY, tmp_path, seeds=0))
    with pytest.raises(UsageError, match="unknown option 'epoch' of cut-mixmo"):
        plan(request(TINY, tmp_path, given={"epoch": 3}))
    with pytest.raises(UsageError, match="nodes is 2: a study spreads over nodes by --on ray"):
        run_study(request(TINY, tmp_path, given={"nodes": 2}))


def test_rows_that_predict_in_another_way_are_trained_once(tmp_path):
    options = {"data": "digits", "network": "convit-16-1-4", "epochs": 1}
    base = Row("separate", "mixvit", {"batch_augmentations": 1})
    other = Row("single", "mixvit", {"batch_augmentations": 1, "inference": "single"}, trained_as="separate")
    table = tiny_study("tiny", "", (base, other), {"small": Scale(options)})
    outcome = run_study(request(table, tmp_path, rows=["single"]))
    assert [job.name for job in outcome.jobs] == ["separate-seed0", "single-seed0"]
    trained, again = load_record(tmp_path / "separate-seed0"), load_record(tmp_path / "single-seed0")
    assert (trained.final.members, again.final.members) == (2, 1)
    assert again.final.top1 == pytest.approx(trained.final.member_top1[0])
    assert again.flops < trained.flops
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("separate-seed0", "single-seed0")]
    assert weights[0] == weights[1]
    assert not (tmp_path / "single-seed0" / "checkpoints").exists()
    stamp = (tmp_path / "single-seed0" / "results.json").stat().st_mtime_ns
    run_study(request(table, tmp_path))
    assert (tmp_path / "single-seed0" / "results.json").stat().st_mtime_ns == stamp


def test_an_older_run_is_continued_by_a_younger_version(tmp_path):
    """An option that its configuration does not know had its default's effect."""
    run_study(request(TINY, tmp_path, rows=["mixmo"]))
    run = tmp_path / "mixmo-seed0"
    lines = [line for line in (run / "config.yaml").read_text().splitlines() if not line.startswith("linear_end")]
    (run / "config.yaml").write_text("\n".join(lines))
    stamp = (run / "results.json").stat().st_mtime_ns
    assert [job.folder for job in run_study(request(TINY, tmp_path, rows=["mixmo"])).jobs] == [run]
    assert (run / "results.json").stat().st_mtime_ns == stamp
    asking = tiny_study("tiny", "", (Row("mixmo", "cut-mixmo", {"linear_end": False}),), TINY.scales)
    with pytest.raises(UsageError, match="was made with linear_end True, the table asks for False"):
        run_study(request(asking, tmp_path))


def test_a_run_that_another_table_has_is_taken_over(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path / "one")
    (tmp_path / "broken" / "mixmo-seed0").mkdir(parents=True)
    (tmp_path / "broken" / "mixmo-seed0" / "results.json").write_text("{}")
    rows = (
        Row("same", "cut-mixmo"),
        Row("by-default", "cut-mixmo", {"r": 3.0, "workers": 0}),
        Row("other", "cut-mixmo", {"r": 2.0}),
    )
    table = tiny_study("two", "", rows, TINY.scales)
    trained = []
    monkeypatch.setattr(execute, "train", lambda config, **_: trained.append(config.run.out.name))
    for job in plan(request(table, tmp_path / "two")):
        if job.row.name != "other":
            execute.execute(job)
    assert not trained
    for name in ("same", "by-default"):
        run = tmp_path / "two" / f"{name}-seed0"
        assert load_record(run) == load_record(made / "mixmo-seed0")
        assert read_run(run).figures == read_run(made / "mixmo-seed0").figures
    *_, other = plan(request(table, tmp_path / "two"))
    assert twin(other) is None, "it has another option"
    seed = plan(request(TINY, tmp_path / "three", seeds=2))[2]
    assert (seed.name, twin(seed)) == ("mixmo-seed1", None), "it has another seed"
    # What the copy becomes is no concern of the run that it was made of.
    atomic_write(tmp_path / "two" / "same-seed0" / "report.html", "another")
    assert (tmp_path / "one" / "mixmo-seed0" / "report.html").read_text() != "another"
