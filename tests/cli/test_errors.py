"""One clear line and the right exit code for whatever goes wrong, and nothing is lost."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch

from contentmix.report import load_record
from tests.cli.helpers import contentmix, fast, one_line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "mixmo"], "mixmo"),
        (["train", "cut-mixmo", "--data", "digit"], "unknown data 'digit'; did you mean 'digits'"),
        (["train", "cut-mixmo", "--network", "wrn-9-1"], "depth is 9"),
        (["train", "cut-mixmo", "--epohcs", "3"], "--epohcs"),
        (["train", "cut-mixmo", "--epochs", "many"], "many"),
        (["train", "cut-mixmo", "--mask", "circle"], "circle"),
        (["train", "cut-mixmo", "--alpha", "0"], "alpha is 0.0"),
        (["train", "cut-mixmo", "--members", "1"], "members is 1"),
        (["train", "cut-mixmo", "--batch-size", "4096"], "batch_size is 4096"),
        (["train", "cut-mixmo", "--batch-size", "63"], "batch_size is 63 and batch_repetition 2"),
        (["train", "supervised", "--members", "2"], "--members"),
        (["train", "mean-teacher"], "digits has no unlabelled images"),
        (["train", "fixmatch", "--labels", "9"], "labels is 9, but there are 10 classes"),
        (["train", "fixmatch", "--labels", "5000"], "labels is 5000, but there are 1438 training images"),
        (
            ["train", "mixmatch", "--labels", "1380", "--unlabelled-batch", "64"],
            "unlabelled_batch is 64, but there are 58",
        ),
        (["train", "fixmatch", "--labels", "60", "--threshold", "2"], "threshold is 2.0"),
        (["train", "supervised", "--labels", "1430"], "labels is 1430, 143 of class number 0, which has 142"),
        (["evaluate"], "no run is given"),
        (["frobnicate"], "frobnicate"),
        (["list", "cats"], "cats"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert contentmix(*words) == 2
    assert message in one_line(capsys)
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_run_folder_is_never_overwritten(run, capsys):
    before = (run / "results.json").read_bytes()
    assert contentmix("train", "mimo", "--out", run, *fast()) == 2
    assert f"run folder {run} exists and its run has finished: choose another --out" in one_line(capsys)
    assert (run / "results.json").read_bytes() == before


def test_a_finished_run_is_not_resumed_and_a_folder_without_run_is_named(run, tmp_path, capsys):
    assert contentmix("resume", run) == 2
    assert "has finished" in one_line(capsys)
    assert contentmix("resume", tmp_path) == 2
    assert "is not a run folder" in one_line(capsys)
    assert contentmix("evaluate", tmp_path) == 1
    assert "is not a run folder" in one_line(capsys)


def test_damaged_weights_are_named(run, tmp_path, capsys):
    shutil.copytree(run, tmp_path / "copy")
    path = tmp_path / "copy" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-7])
    assert contentmix("evaluate", tmp_path / "copy") == 1
    assert "model.safetensors are damaged" in one_line(capsys)


def test_runs_of_other_data_are_no_ensemble(run, tmp_path, capsys):
    words = ["--data", "digits-m", *fast(epochs=1, batch_size=256)]
    assert contentmix("train", "supervised", "--out", tmp_path / "other", *words) == 0
    capsys.readouterr()
    assert contentmix("evaluate", run, tmp_path / "other") == 2
    assert "differ in channels (1 and 3)" in one_line(capsys)


def test_a_loss_that_is_not_finite_stops_before_the_update(tmp_path, capsys):
    words = [
        "train",
        "supervised",
        "--out",
        tmp_path / "run",
        *fast(),
        "--lr",
        "1e18",
        "--warmup-epochs",
        "1",
        "--checkpoint-every",
        1,
    ]
    assert contentmix(*words) == 1
    line = one_line(capsys)
    assert "not finite" in line or "no longer finite" in line or "the loss is" in line
    assert "step" in line
    from contentmix.training import newest_intact, read_checkpoint

    state = read_checkpoint(newest_intact(tmp_path / "run" / "checkpoints")[0])["state_dict"]
    assert all(torch.isfinite(tensor).all() for tensor in state.values())


def test_a_full_disk_stops_with_one_line_and_the_run_goes_on_later(tmp_path, monkeypatch, capsys):
    import errno

    fsync, written = os.fsync, []

    def fills_up(handle):
        written.append(handle)
        if len(written) > 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", fills_up)
    assert contentmix("train", "supervised", "--out", tmp_path / "run", *fast(), "--checkpoint-every", 1) == 1
    assert "disk full" in one_line(capsys)
    monkeypatch.setattr(os, "fsync", fsync)
    assert contentmix("resume", tmp_path / "run") == 0
    assert load_record(tmp_path / "run").train["seconds"] is None


def test_a_killed_run_is_resumed_to_the_same_end(run, tmp_path):
    """A real process, really killed, somewhere in the middle."""
    command = [sys.executable, "-c", "from contentmix.cli import main; main()"]
    words = [
        "train",
        "cut-mixmo",
        "--data",
        "digits",
        "--out",
        str(tmp_path / "run"),
        *map(str, fast()),
        "--checkpoint-every",
        "3",
    ]
    process = subprocess.Popen([*command, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "run" / "checkpoints").glob("step-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "run" / "results.json").exists()
    assert contentmix("resume", tmp_path / "run") == 0
    for name in ("metrics.csv", "model.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (run / name).read_bytes()


def test_ctrl_c_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-c", "from contentmix.cli import main; main()"]
    words = [
        "train",
        "cut-mixmo",
        "--out",
        str(tmp_path / "run"),
        *map(str, fast(epochs=50)),
        "--checkpoint-every",
        "3",
    ]
    process = subprocess.Popen(
        [*command, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list((tmp_path / "run").glob("checkpoints/step-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip() == f"contentmix: interrupted; continue the run with: contentmix resume {tmp_path / 'run'}"


def test_no_file_is_overwritten(run, tmp_path, capsys):
    there = tmp_path / "there"
    there.write_text("mine")
    for words in (
        ["evaluate", run, "--json", there],
        ["evaluate", run, "--json", there, "--corruptions", "generated"],
        ["hybrids", "cut-mixmo", "--out", there],
        ["report", run, "--out", there],
        ["export", run, "--format", "safetensors", "--out", there],
    ):
        assert contentmix(*words) == 2
        assert "exists: remove it, or name another file" in one_line(capsys)
    assert there.read_text() == "mine"
