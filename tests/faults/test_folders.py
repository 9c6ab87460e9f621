"""One process works in a folder; a run that ended anywhere can be begun again, continued or completed; nothing of others is removed."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from contentmix.errors import ContentmixError, DataError, UsageError
from contentmix.files import LOCK, alone_in, sweep
from contentmix.report import load_record
from contentmix.runs.config import config_of
from contentmix.runs.train import resume, train
from contentmix.studies.run_study import run_study
from contentmix.training import list_checkpoints
from tests.faults.conftest import config

HOLD = "import sys, time; from pathlib import Path; from contentmix.files import alone_in\nwith alone_in(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


@pytest.fixture
def holder():
    """Starts a process that holds a folder."""
    started = []

    def hold(folder):
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_folder_that_another_process_holds_is_not_touched_and_a_kill_gives_it_back(
    holder, copy, tmp_path, monkeypatch
):
    from contentmix.cli.analyze import analyze_run

    process, before = holder(copy), sorted(copy.rglob("*"))
    for work in (lambda: resume(copy), lambda: train(config(copy)), lambda: analyze_run(copy, "cpu")):
        with pytest.raises(
            UsageError, match=f"another process works on {copy}: let it finish, or choose another --out"
        ):
            work()
    assert sorted(copy.rglob("*")) == before
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (copy / LOCK).exists()
    with alone_in(copy):
        pass
    assert not (copy / LOCK).exists()


def test_what_is_made_to_be_held_goes_again_unless_something_was_written(tmp_path):
    with alone_in(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / LOCK).exists()
    assert not (tmp_path / "a").exists()
    with alone_in(tmp_path / "a" / "b"):
        (tmp_path / "a" / "b" / "file").write_text("")
    assert [path.name for path in (tmp_path / "a").rglob("*")] == ["b", "file"]


def _race(folder, entered, rounds):
    deadline = time.monotonic() + 40
    while entered.value < rounds and time.monotonic() < deadline:
        time.sleep(0.0002)  # outside, so that the other comes in too
        try:
            with alone_in(folder):
                mark = folder / "mark"
                os.close(os.open(mark, os.O_CREAT | os.O_EXCL))  # fails where two are inside
                time.sleep(0.0005)
                mark.unlink()
                entered.value += 1
        except UsageError:
            pass


def test_two_processes_are_never_inside_at_once(tmp_path):
    context = multiprocessing.get_context("fork")
    counts = [context.Value("i", 0) for _ in range(2)]
    processes = [context.Process(target=_race, args=(tmp_path, count, 150)) for count in counts]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert [count.value for count in counts] == [150, 150]


def test_a_run_that_fails_before_its_first_checkpoint_leaves_nothing_and_says_so(tmp_path):
    with pytest.raises(ContentmixError, match=r"the loss is nan .*\(no checkpoint had been written\)"):
        train(config(tmp_path / "run", lr=1e30))
    assert not (tmp_path / "run").exists()


def test_a_folder_left_by_a_kill_before_the_first_checkpoint_is_taken_again(tmp_path):
    folder = tmp_path / "run"
    config(folder, lr=0.2).save(folder.parent / "config.yaml")
    (folder / "checkpoints").mkdir(parents=True)
    (folder.parent / "config.yaml").rename(folder / "config.yaml")
    (folder / "checkpoints" / ".step-00000002.7-01234567.tmp").write_bytes(b"half")
    with pytest.raises(
        UsageError, match="stopped before its first checkpoint: nothing is lost; 'contentmix train' begins it anew"
    ):
        resume(folder)
    train(config(folder, lr=0.1))
    assert config_of(folder).run.lr == 0.1
    assert not list(folder.rglob("*.tmp"))
    assert load_record(folder).train["epochs"] == 1


@pytest.mark.parametrize("name", ["notes.txt", "checkpoints/mine.pt", "config.yaml.old"])
def test_a_folder_with_files_of_others_is_left_alone(name, tmp_path):
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    config(folder).save(folder / "config.yaml")
    (folder / name).write_text("mine")
    with pytest.raises(
        UsageError, match=f"holds what no run of this program would leave .*{name}.*choose another --out"
    ):
        train(config(folder))
    assert (folder / name).read_text() == "mine"
    assert (folder / "config.yaml").exists()


def test_a_study_removes_no_folder_that_it_did_not_make(tmp_path):
    from contentmix.studies.plan import Request
    from contentmix.studies.study import Row, Scale, Study

    scale = Scale({"data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 256})
    study = Study(
        "tiny", "", (Row("vanilla", "supervised"),), {"small": scale}, kind="table", command=("reproduce", "tiny")
    )
    mine = tmp_path / "t" / "vanilla-seed0" / "thesis.tex"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    outcome = run_study(Request(study, tmp_path / "t", scale="small", seeds=1))
    assert "holds what no run of this program would leave (thesis.tex)" in outcome.failed["vanilla-seed0"]
    assert mine.read_text() == "mine"


def test_a_damaged_best_checkpoint_is_replaced_by_the_last_epoch_and_the_record_says_so(copy):
    before = load_record(copy)
    (copy / "results.json").unlink()
    (best,) = list_checkpoints(copy / "checkpoints", "best")
    best.write_bytes(best.read_bytes()[:-1])
    resume(copy)
    record = load_record(copy)
    assert record.final == before.evaluations[0]
    assert record.final.selected_on == "none (last epoch)"
    assert "those of the last epoch stand in their place" in record.train["lost"]
    assert "is damaged" in record.train["lost"]


@pytest.mark.parametrize("lost", ["results.json", "report.html", "model.safetensors"])
def test_what_is_missing_at_the_end_of_a_run_is_completed(lost, copy):
    before = (copy / "model.safetensors").read_bytes()
    figures = load_record(copy).evaluations
    (copy / lost).unlink()
    resume(copy)
    assert (copy / lost).exists()
    assert (copy / "model.safetensors").read_bytes() == before
    assert load_record(copy).evaluations == figures
    with pytest.raises(UsageError, match="has finished"):
        resume(copy)


def test_only_what_dead_processes_of_this_folder_left_is_swept(copy, holder, tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    other = holder(tmp_path / "other")
    left = [copy / f".results.json.{dead.pid}-01234567.tmp", copy / "checkpoints" / f".step.{os.getpid()}-01234567.tmp"]
    kept = [copy / f".results.json.{other.pid}-01234567.tmp", copy / ".mine.tmp"]
    for path in (*left, *kept):
        path.write_bytes(b"half")
    (copy / "report.html").unlink()
    resume(copy)
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in kept)
    os.utime(kept[0], (0, 0))
    sweep(copy)
    assert not kept[0].exists(), "nothing is written for so long: the number is another's by now"


@pytest.mark.parametrize(("name", "value"), [("seed", 5), ("batch_size", 128), ("lr", 0.5), ("data", "digits-m")])
def test_a_configuration_that_was_changed_after_a_kill_is_an_error_that_names_the_option(name, value, copy):
    (copy / "results.json").unlink()
    lines = (copy / "config.yaml").read_text().splitlines()
    was = next(line for line in lines if line.startswith(f"{name}:")).partition(": ")[2]
    (copy / "config.yaml").write_text(
        "\n".join(f"{name}: {value}" if line.startswith(f"{name}:") else line for line in lines)
    )
    with pytest.raises(
        UsageError, match=f"was trained with {name} {was}, its config.yaml now says {value}: put {was} back"
    ):
        resume(copy)


def test_where_a_run_computes_may_change(copy):
    (copy / "results.json").unlink()
    text = (
        (copy / "config.yaml")
        .read_text()
        .replace("workers: 0", "workers: 1")
        .replace("precision: '32'", "precision: bf16-mixed")
    )
    (copy / "config.yaml").write_text(text)
    resume(copy)
    assert load_record(copy).train["epochs"] == 2


def test_a_finished_run_is_trained_longer_and_says_so(copy):
    with pytest.raises(UsageError, match="epochs is 1, and run .* was begun with 2: choose more"):
        resume(copy, epochs=1)
    with pytest.raises(UsageError, match="has finished"):
        resume(copy, epochs=2)
    assert (copy / "results.json").exists()
    measures = [
        copy / name for name in ("usage.json", "usage-influence.svg", "ood.json", "cost.json", "corruptions.json")
    ]
    for measure in measures:
        measure.write_text("of the shorter training")
    resume(copy, epochs=3)
    assert not [measure for measure in measures if measure.exists()]
    record = load_record(copy)
    assert record.train["epochs"] == 3
    assert record.train["lengthened"] == [{"after_epochs": 2, "from": 2, "to": 3}]
    assert config_of(copy).run.epochs == 3


def test_a_finished_run_whose_data_are_gone_keeps_its_results(copy, monkeypatch):
    """It cannot be lengthened, and is what it was."""
    kept = {name: (copy / name).read_bytes() for name in ("results.json", "report.html", "config.yaml")}
    gone = DataError("data digits are not here")
    monkeypatch.setattr("contentmix.runs.train.read_data", lambda *_: (_ for _ in ()).throw(gone))
    with pytest.raises(DataError, match="are not here"):
        resume(copy, epochs=3)
    assert {name: (copy / name).read_bytes() for name in kept} == kept
