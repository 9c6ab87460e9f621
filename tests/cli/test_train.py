"""Training from the command line: what it writes, and that it repeats."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from contentmix.report import load_record
from contentmix.runs.results import SELECTION
from tests.cli.helpers import contentmix, fast


def test_a_run_folder_explains_itself(run):
    names = {path.name for path in run.iterdir()}
    assert names >= {"config.yaml", "metrics.csv", "results.json", "checkpoints", "model.safetensors", "report.html"}
    record = load_record(run)
    assert [e.checkpoint for e in record.evaluations] == ["last", "best"]
    assert record.final.selected_on == SELECTION["validation"]
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
        ("supervised", ["--mix", "resizemix", "--select", "test", "--augmix"]),
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
    choice = options[options.index("--select") + 1] if "--select" in options else "validation"
    assert record.final.selected_on == SELECTION[choice]
    assert record.final.average == ("probabilities" if "--average" in options else "logits")


def test_two_runs_with_one_seed_are_identical_and_config_files_repeat_them(run, tmp_path):
    assert contentmix("train", "cut-mixmo", "--config", run / "config.yaml", "--out", tmp_path / "again") == 0
    for name in ("metrics.csv", "model.safetensors", "predictions.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (run / name).read_bytes()


@pytest.mark.usefixtures("on_disk")
def test_class_folders_are_trained_on(tmp_path):
    for name, level in (("dark", 40), ("light", 200)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(40):
            Image.effect_noise((40, 40), 20).point(lambda v, b=level: v // 4 + b).convert("RGB").save(
                tmp_path / "photos" / name / f"{i}.png"
            )
    words = ["--data", tmp_path / "photos", "--image-size", 16, *fast(epochs=3, batch_size=8)]
    assert contentmix("train", "linear-mixmo", "--out", tmp_path / "run", *words) == 0
    assert load_record(tmp_path / "run").final.top1 == 100
    words = ["--data", tmp_path / "photos", "--image-size", 72, *fast(epochs=1, batch_size=8), "--workers", 1]
    assert contentmix("train", "cut-mixmo", "--out", tmp_path / "big", *words) == 0


def test_two_processes_train_from_one_command(tmp_path):
    command = [str(Path(sys.executable).with_name("contentmix"))]
    words = ["train", "cut-mixmo", "--device", "cpu", "--devices", "2", "--out", "run", *map(str, fast(epochs=1))]
    done = subprocess.run([*command, *words], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert load_record(tmp_path / "run").train["steps"] == (1438 - 143) // 64


def test_without_a_terminal_a_run_says_what_it_will_do_and_a_line_for_every_epoch(tmp_path, capsys):
    words = [*fast(epochs=1, batch_size=512)[:-1], "--labels", 600, "--image-size", 8]
    assert contentmix("train", "supervised", "--out", tmp_path / "run", *words) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "digits: 10 classes, images of 8 px"
    assert "and 838 images without labels" in said  # 1,438 without the 600
    assert any(line.startswith("supervised with wrn-10-1 on cpu: 1 epoch x 2 steps of 512 images") for line in said)
    assert any(
        line.startswith("training took ") for line in said
    )  # two steps, whose first does not count, are no estimate
    assert any(line.startswith("epoch 1 of 1: loss ") for line in said)
    assert contentmix("resume", tmp_path / "run", "--epochs", 2) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"run {tmp_path / 'run'} continues in epoch 2 of 2, after 2 of 4 steps: 2 to come"
    assert said[1] == "digits: 10 classes, images of 8 px"
    assert any(line.startswith("supervised with wrn-10-1 on cpu: 2 epochs x 2 steps of 512 images") for line in said)
    assert any(line.startswith("epoch 2 of 2: loss ") for line in said)
    config = tmp_path / "run" / "config.yaml"
    config.write_text(config.read_text().replace("progress: true", "progress: false"))
    assert contentmix("resume", tmp_path / "run", "--epochs", 3) == 0
    said = capsys.readouterr().out
    assert "run folder" in said
    assert "epoch " not in said
    assert "estimated" not in said
