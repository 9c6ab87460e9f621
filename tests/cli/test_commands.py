"""The command line as a user meets it: what it prints, writes, and exits with."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from contentmix.cli import main
from contentmix.experiments.tables import TABLES, Row, Scale, Table
from contentmix.report import load_record, load_usage


def fast(epochs=2, batch_size=128):
    """Options of a run that takes seconds."""
    return ["--network", "wrn-10-1", "--epochs", epochs, "--batch-size", batch_size, "--no-progress"]


def contentmix(*words):
    """Exit code of a command run in this process."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return stop.value.code


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run of Cut-MixMo on digits."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    assert contentmix("train", "cut-mixmo", "--data", "digits", "--out", folder, *fast()) == 0
    return folder


def one_line(capsys):
    """The single line on the error stream."""
    (line,) = capsys.readouterr().err.strip().splitlines()
    return line


def test_a_run_folder_explains_itself(run):
    names = {path.name for path in run.iterdir()}
    assert names >= {"config.yaml", "metrics.csv", "results.json", "checkpoints", "model.safetensors", "report.html"}
    record = load_record(run)
    assert [e.checkpoint for e in record.evaluations] == ["last", "best"]
    assert record.final.selected_on == "validation top-1"
    assert record.final.images == 359
    assert record.train["images"] == 1438 - 143
    assert record.train["steps"] == 2 * ((1438 - 143) // 64)
    assert {"torch", "contentmix", "python"} <= set(record.versions)
    with open(run / "metrics.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("supervised", []),
        ("supervised", ["--mix", "manifold-mixup", "--batch-augmentations", "2"]),
        ("supervised", ["--mix", "resizemix", "--select", "test"]),
        ("mixshare", ["--unmixing", "partial", "--alignment", "co-linear", "--members", "3"]),
        ("mimo", ["--input-repetition", "0.5", "--members", "3", "--select", "last"]),
        ("linear-mixmo", ["--cutmix-prob", "0.5", "--ema-decay", "0.9", "--optimizer", "adamw", "--lr", "0.001"]),
        (
            "cut-mixmo",
            ["--mask", "cowmix", "--encoders", "1", "--assignment", "predominant", "--precision", "bf16-mixed"],
        ),
        ("cut-mixmo", ["--classifiers", "1", "--encoders", "1", "--average", "probabilities", "--no-channels-last"]),
    ],
)
def test_methods_train_with_their_options(method, options, tmp_path):
    words = [*fast(epochs=1, batch_size=256), *options]
    assert contentmix("train", method, "--out", tmp_path / "run", *words) == 0
    record = load_record(tmp_path / "run")
    selected = {"last": None, "test": "test top-1 (the thesis's protocol)"}
    choice = options[options.index("--select") + 1] if "--select" in options else None
    assert record.final.selected_on == (
        selected.get(choice) or ("none (last epoch)" if choice == "last" else "validation top-1")
    )
    assert record.final.average == ("probabilities" if "--average" in options else "logits")


def test_two_runs_with_one_seed_are_identical_and_config_files_repeat_them(run, tmp_path):
    assert contentmix("train", "cut-mixmo", "--config", run / "config.yaml", "--out", tmp_path / "again") == 0
    for name in ("metrics.csv", "model.safetensors", "predictions.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (run / name).read_bytes()


def test_runs_are_evaluated_alone_and_as_a_deep_ensemble(run, tmp_path, capsys):
    assert contentmix("evaluate", run, "--json", tmp_path / "one.json") == 0
    figures = json.loads((tmp_path / "one.json").read_text())
    final = load_record(run).final
    assert figures["top1"] == final.top1
    assert figures["nll_c"] == pytest.approx(final.nll_c)
    assert contentmix("evaluate", run, run, "--json", tmp_path / "two.json") == 0
    both = json.loads((tmp_path / "two.json").read_text())
    assert both["members"] == 4
    assert both["top1"] == final.top1
    assert "NLL_c" in capsys.readouterr().out


def test_a_photo_is_classified_with_the_votes_of_the_members(run, tmp_path, capsys):
    from contentmix.data import load_data

    test = load_data("digits").test
    Image.fromarray(test.images[0, 0].numpy()).save(tmp_path / "digit.png")
    assert contentmix("predict", run, tmp_path / "digit.png") == 0
    assert "%" in capsys.readouterr().out
    assert contentmix("predict", run, tmp_path / "none.png") == 1
    assert "none.png does not exist" in one_line(capsys)


@pytest.mark.parametrize("what", ["cut-mixmo", "mimo", "RUN"])
def test_hybrids_draw_a_picture(what, run, tmp_path):
    assert contentmix("hybrids", run if what == "RUN" else what, "--out", tmp_path / "h.png", "--columns", 4) == 0
    pixels = numpy.asarray(Image.open(tmp_path / "h.png").convert("RGB"))
    assert pixels.std() > 20


def test_hybrids_of_what_mixes_nothing_say_so(capsys):
    assert contentmix("hybrids", "supervised") == 2
    assert "mixes nothing: choose a mix" in one_line(capsys)
    assert contentmix("hybrids", "mixmo") == 2
    assert "neither a method nor a run folder" in one_line(capsys)


def test_a_report_of_several_runs(run, tmp_path):
    assert contentmix("report", run, run, "--out", tmp_path / "r.html") == 0
    assert "Means over seeds" in (tmp_path / "r.html").read_text()


def test_feature_usage_is_analysed_into_the_run_and_its_report(run, tmp_path, capsys):
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    assert contentmix("analyze", folder) == 0
    assert "output block" in capsys.readouterr().out
    usage = load_usage(folder)
    assert [block.name for block in usage.blocks] == ["input block", "stage1", "stage2", "stage3", "output block"]
    assert [len(block.influence[0]) for block in usage.blocks] == [16, 16, 32, 64, 64]
    assert all(0 <= block.sharing <= 1 for block in usage.blocks)
    assert numpy.asarray(Image.open(folder / "usage-influence.png").convert("RGB")).std() > 20
    assert "Feature usage" in (folder / "report.html").read_text()


def test_what_has_no_subnetworks_is_not_analysed(tmp_path, capsys):
    assert contentmix("train", "supervised", "--out", tmp_path / "run", *fast(epochs=1, batch_size=256)) == 0
    assert contentmix("analyze", tmp_path / "run") == 2
    assert "supervised with one input" in one_line(capsys)


def test_a_table_is_reproduced_and_summarised(tmp_path, monkeypatch, capsys):
    options = {"data": "digits", "network": "wrn-10-1", "epochs": 1, "batch_size": 256, "progress": False}
    rows = (Row("mixmo", "cut-mixmo"), Row("vanilla", "supervised"))
    monkeypatch.setitem(
        TABLES, "tiny", Table("tiny", "one epoch of digits", rows, {"small": Scale(options, "seconds")})
    )
    words = ["reproduce", "tiny", "--scale", "small", "--out", tmp_path / "t"]
    assert contentmix(*words, "--seeds", 2, "--rows", "mixmo") == 0
    assert "±" in capsys.readouterr().out
    assert contentmix(*words, "--seeds", 1) == 0
    assert {path.name for path in (tmp_path / "t").iterdir()} == {
        "mixmo-seed0",
        "mixmo-seed1",
        "vanilla-seed0",
        "report.html",
    }
    assert contentmix("reproduce", "3.66") == 2
    assert "unknown table '3.66'; did you mean '3.6'" in one_line(capsys)


@pytest.mark.parametrize("what", ["methods", "networks", "data", "recipes", "tables"])
def test_lists(what, capsys):
    assert contentmix("list", what) == 0
    text = capsys.readouterr().out
    assert {
        "methods": "cut-mixmo",
        "networks": "wrn-D-W",
        "data": "cifar100",
        "recipes": "wrn-28-10",
        "tables": "figure-3.8",
    }[what] in text


def test_an_exported_network_predicts_the_same_without_the_package(run, tmp_path):
    from contentmix.experiments.model import load_model

    path = tmp_path / "model.pt"
    assert contentmix("export", run, "--format", "torchscript", "--out", path) == 0
    model = load_model(run)
    images = torch.rand(3, 1, 16, 16)
    mean, std = model.inputs.mean[0], model.inputs.std[0]
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of TorchScript
        exported = torch.jit.load(path)
        torch.testing.assert_close(exported(images), model.network.predict((images - mean) / std))
    assert contentmix("export", run, "--format", "safetensors", "--out", tmp_path / "m.safetensors") == 0
    assert (tmp_path / "m.safetensors").read_bytes() == (run / "model.safetensors").read_bytes()


def test_class_folders_are_trained_on(tmp_path):
    for name, level in (("dark", 40), ("light", 200)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(12):
            Image.effect_noise((40, 40), 20).point(lambda v, b=level: v // 4 + b).convert("RGB").save(
                tmp_path / "photos" / name / f"{i}.png"
            )
    words = ["--data", tmp_path / "photos", "--image-size", 16, *fast(epochs=3, batch_size=8)]
    assert contentmix("train", "linear-mixmo", "--out", tmp_path / "run", *words) == 0
    assert load_record(tmp_path / "run").final.top1 == 100
    words = ["--data", tmp_path / "photos", "--image-size", 72, *fast(epochs=1, batch_size=8), "--workers", 1]
    assert contentmix("train", "cut-mixmo", "--out", tmp_path / "big", *words) == 0


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
    assert f"run folder {run} exists: continue it with 'contentmix resume {run}', or choose another --out" in one_line(
        capsys
    )
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


def test_two_processes_train_from_one_command(tmp_path):
    command = [str(Path(sys.executable).with_name("contentmix"))]
    words = ["train", "cut-mixmo", "--device", "cpu", "--devices", "2", "--out", "run", *map(str, fast(epochs=1))]
    done = subprocess.run([*command, *words], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert load_record(tmp_path / "run").train["steps"] == (1438 - 143) // 64


def test_help_is_complete(capsys):
    assert contentmix("--help") == 0
    text = capsys.readouterr().out
    for word in (
        "train",
        "resume",
        "evaluate",
        "predict",
        "hybrids",
        "analyze",
        "reproduce",
        "report",
        "export",
        "list",
    ):
        assert word in text
    assert contentmix("train", "cut-mixmo", "--help") == 0
    text = capsys.readouterr().out
    for word in ("--mask", "--alpha", "--batch-repetition", "--epochs", "--config"):
        assert word in text
    assert contentmix("--version") == 0
