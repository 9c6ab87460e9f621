"""Looking at what was trained."""

import json
import shutil
import warnings
from dataclasses import asdict

import numpy
import pytest
import torch
from PIL import Image

from contentmix import MemberLogits, evaluate
from contentmix.data import CORRUPTIONS, load_data
from contentmix.report import load_record, load_usage
from contentmix.runs.ensemble import load_ensemble, predict_ensemble
from tests.cli.helpers import contentmix, fast, one_line


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
    test = load_data("digits").test
    Image.fromarray(test.images[0, 0].numpy()).save(tmp_path / "digit.png")
    assert contentmix("predict", run, tmp_path / "digit.png") == 0
    assert "%" in capsys.readouterr().out
    assert contentmix("predict", run, tmp_path / "none.png") == 1
    assert "none.png does not exist" in one_line(capsys)


@pytest.mark.parametrize("what", ["cut-mixmo", "mimo", "mixmatch", "RUN"])
def test_hybrids_draw_a_picture(what, run, tmp_path):
    assert contentmix("hybrids", run if what == "RUN" else what, "--out", tmp_path / "h.png", "--columns", 4) == 0
    pixels = numpy.asarray(Image.open(tmp_path / "h.png").convert("RGB"))
    assert pixels.std() > 20


def test_hybrids_of_what_mixes_nothing_say_so(capsys):
    assert contentmix("hybrids", "supervised") == 2
    assert "mixes nothing: choose a mix" in one_line(capsys)
    assert contentmix("hybrids", "fixmatch") == 2
    assert "fixmatch mixes nothing" in one_line(capsys)
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
    assert "is supervised: feature usage is compared between subnetworks" in one_line(capsys)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["methods"], "cut-mixmo"),
        (["networks"], "wrn-D-W"),
        (["data"], "wrn-28-10"),
        (["recipes"], "figure-3.8"),
        (["recipes", "3.6"], "sharing 64.4 ± 6.0"),
        (["recipes", "table-3.6"], "fade_epochs=100"),
    ],
)
def test_lists(words, message, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    assert contentmix("list", *words) == 0
    assert message in capsys.readouterr().out


def test_what_cannot_be_listed_is_said(capsys):
    assert contentmix("list", "recipes", "3.66") == 2
    assert "unknown table '3.66'; did you mean '3.6'" in one_line(capsys)
    assert contentmix("list", "data", "cifar10") == 2
    assert "data are listed whole: leave out 'cifar10'" in one_line(capsys)


@pytest.mark.parametrize("kind", ["convolutions", "transformer"])
def test_an_exported_network_predicts_the_same_without_the_package(kind, run, tmp_path, capsys):
    from contentmix.runs.model import load_model

    if kind == "transformer":
        run = tmp_path / "vit"
        words = ["--data", "digits", "--network", "convit-16-1-4", "--epochs", "1", "--no-progress", "--out", run]
        assert contentmix("train", "mixvit", *words) == 0
    path = tmp_path / "model.pt"
    assert contentmix("export", run, "--format", "torchscript", "--out", path) == 0
    model = load_model(run)
    images = torch.rand(3, 1, 16, 16)
    mean, std = model.inputs.mean[0], model.inputs.std[0]
    said = dict.fromkeys(("classes", "image_size", "channels", "mean", "std", "temperature"), "")
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of TorchScript
        logits = model.network.predict((images - mean) / std)
        exported = torch.jit.load(path, _extra_files=said)(images)
        assert contentmix("export", run, "--format", "torchscript", "--raw", "--out", tmp_path / "raw.pt") == 0
        raw = torch.jit.load(tmp_path / "raw.pt")(images[:1])
    torch.testing.assert_close(exported["logits"], logits)
    torch.testing.assert_close(raw["logits"], logits[:1])
    temperature = model.calibration.temperature
    assert (temperature != 1) == (kind == "convolutions"), "an epoch of a transformer is as sure as it is right"
    torch.testing.assert_close(exported["probabilities"], (logits.mean(1) / temperature).softmax(1))
    torch.testing.assert_close(raw["probabilities"], logits[:1].mean(1).softmax(1))
    told = {name: json.loads(value) for name, value in said.items()}
    assert told == {
        **asdict(model.inputs),
        "classes": list(model.inputs.classes),
        "mean": [mean],
        "std": [std],
        "temperature": temperature,
    }
    assert model.calibration.words in capsys.readouterr().out
    assert contentmix("export", run, "--format", "safetensors", "--raw") == 2
    assert "--raw is for graphs" in one_line(capsys)
    assert contentmix("export", run, "--format", "safetensors", "--out", tmp_path / "m.safetensors") == 0
    assert (tmp_path / "m.safetensors").read_bytes() == (run / "model.safetensors").read_bytes()


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
        "import",
        "list",
    ):
        assert word in text
    assert contentmix("train", "cut-mixmo", "--help") == 0
    text = capsys.readouterr().out
    for word in ("--mask", "--alpha", "--batch-repetition", "--epochs", "--config"):
        assert word in text
    assert contentmix("--version") == 0


def test_runs_are_evaluated_on_cifar_c_files(run, tmp_path, capsys):
    """Files of 20 images at each severity; clean images stand in for corrupted ones, so the figures are the clean ones."""
    test = load_data("digits-m").test[torch.arange(20)]
    files = tmp_path / "files"
    files.mkdir()
    for name in CORRUPTIONS:
        numpy.save(files / f"{name}.npy", numpy.tile(test.images.permute(0, 2, 3, 1).numpy(), (5, 1, 1, 1)))
    numpy.save(files / "labels.npy", numpy.tile(test.labels.numpy(), 5))
    for seed in (0, 1):
        words = ["--data", "digits-m", *fast(epochs=1, batch_size=256), "--seed", seed]
        assert contentmix("train", "supervised", "--out", tmp_path / f"run{seed}", *words) == 0
    runs = [tmp_path / "run0", tmp_path / "run1"]
    assert contentmix("evaluate", *runs, "--corruptions", files, "--json", tmp_path / "c.json") == 0
    found = json.loads((tmp_path / "c.json").read_text())
    assert len(found["figures"]) == 75
    assert found["images"] == 20
    assert found["members"] == 2
    models = load_ensemble(runs)
    predictions = predict_ensemble(models)
    clean = evaluate(MemberLogits(predictions.logits[:20], predictions.labels[:20]))
    assert found["mean"]["top1"] == pytest.approx(clean.top1)
    assert found["mean"]["nll"] == pytest.approx(clean.nll, rel=1e-5)
    assert found["corruptions"] == list(CORRUPTIONS)
    assert "jpeg_compression" in capsys.readouterr().out
    assert contentmix("evaluate", run, "--corruptions", files) == 2
    assert "has images (3, 32, 32), the runs were trained on (1, 16, 16)" in one_line(capsys)
    (files / "fog.npy").unlink()
    assert contentmix("evaluate", *runs, "--corruptions", files) == 1
    assert "fog.npy cannot be read" in one_line(capsys)
