"""Runs from Python: what the command line does, with objects as well as names."""

import csv

import pytest
import torch
from PIL import Image
from torch import nn

import contentmix as cm
from contentmix.data import load_data

QUICK = {"epochs": 1, "progress": False, "device": "cpu"}


def small():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 4)
    )


@pytest.fixture(scope="module")
def digits():
    return load_data("digits")


@pytest.fixture(scope="module")
def run(digits, tmp_path_factory):
    images, labels = digits.train.images[:600], digits.train.labels[:600]
    out = tmp_path_factory.mktemp("runs") / "own"
    return cm.train("cut-mixmo", data=(images, labels), network=small(), members=2, out=out, logger="csv", **QUICK)


def test_the_folder_says_what_the_objects_were(run):
    lines = (run.folder / "config.yaml").read_text().splitlines()
    assert lines[0].startswith("# data: 48")
    assert lines[0].endswith("test images, (1, 16, 16), of 10 classes")
    assert lines[1] == f"# network: torch.nn.modules.container.Sequential of {72 + 8 + 16 + 132} parameters"
    assert run.config.run.data.startswith("object:own@")
    assert run.config.method_options["members"] == 2
    assert run.record.command.startswith("contentmix.train('cut-mixmo', data='object:own@")


def test_the_logger_is_told_epochs_and_the_final_figures(run):
    rows = list(csv.DictReader((run.folder / "csv" / "metrics.csv").read_text().splitlines()))
    history = list(csv.DictReader((run.folder / "metrics.csv").read_text().splitlines()))
    assert float(rows[0]["val_top1"]) == float(history[0]["val_top1"])
    assert float(rows[-1]["final/top1"]) == run.record.final.top1
    assert int(rows[-1]["step"]) == run.record.train["steps"]
    assert "members: 2" in (run.folder / "csv" / "hparams.yaml").read_text()


def test_a_logger_that_is_not_installed_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("contentmix.training.loggers.find_spec", lambda _: None)
    with pytest.raises(
        cm.UsageError, match=r"logger is wandb, and its package is not installed: pip install 'contentmix\[wandb\]'"
    ):
        cm.train("supervised", logger="wandb", network="wrn-10-1", out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_source_trains_as_its_name_does(digits, tmp_path):
    """Every option that a data set's recipe fills in is given."""
    options = {
        "network": "wrn-10-1", "batch_size": 64, "lr": 0.05, "schedule": "cosine", "weight_decay": 1e-4, "warmup_epochs": 1,
        "mix": "cutmix", **QUICK,
    }  # fmt: skip
    named = cm.train("supervised", data="digits", out=tmp_path / "a", **options)
    given = cm.train("supervised", data=digits, out=tmp_path / "b", **options)
    first, second = (cm.load(each).state_dict() for each in (named, given))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert named.record.command.startswith("contentmix train supervised --config")
    table = cm.list_runs(tmp_path)
    assert [(row["run"], row["finished"], row["mix"], row["top1"]) for row in table] == [
        (str(each.folder), True, "cutmix", each.record.final.top1) for each in (named, given)
    ]


def test_an_unknown_option_is_the_command_line_s_error():
    with pytest.raises(cm.UsageError, match="unknown option 'member' of cut-mixmo"):
        cm.train("cut-mixmo", member=3)


def test_a_network_that_is_none_is_an_error():
    with pytest.raises(cm.UsageError, match="network is int"):
        cm.train("cut-mixmo", network=3)
    with pytest.raises(cm.UsageError, match="network is the class Linear and no object of it: give a name"):
        cm.train("cut-mixmo", network=nn.Linear)


def test_predictions_are_those_that_were_evaluated(run, digits):
    images, labels = digits.test.images, digits.test.labels
    model = cm.load(run)
    found = model.predict(images, batch_size=100)
    assert found.probabilities.shape == (len(images), 10)
    assert found.members.shape == (len(images), 2, 10)
    assert torch.allclose(found.members.sum(2), torch.ones(len(images), 2))
    top1 = 100 * (found.probabilities.argmax(1) == labels).double().mean().item()
    assert cm.evaluate_run(run, data=(images, labels)).top1 == pytest.approx(top1)
    assert cm.evaluate_run(run, data=digits).top1 == pytest.approx(top1)
    assert found.labels[0] == model.classes[int(found.probabilities[0].argmax())]
    assert cm.evaluate_run(run).top1 == pytest.approx(run.record.final.top1)


def test_files_arrays_and_floats_are_the_same_images(run, digits, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(2)]
    for path, image in zip(paths, digits.test.images, strict=False):
        Image.fromarray(image[0].numpy()).save(path)
    model, images = cm.load(run), digits.test.images[:2]
    wanted = model.predict(images).probabilities
    for given in (paths, list(map(str, paths)), images[:, 0].numpy(), images / 255):
        assert torch.equal(model.predict(given).probabilities, wanted)
    assert torch.allclose(model.predict(paths[0]).probabilities, wanted[:1])
    with pytest.raises(cm.UsageError, match="images have 3 channels, and the network was trained on 1"):
        model.predict(images.expand(-1, 3, -1, -1))
    with pytest.raises(cm.UsageError, match="no image is given"):
        model.predict([])


def test_predicting_leaves_the_model_in_its_mode(run, digits):
    model = cm.load(run).train()
    model.predict(digits.test.images[:2])
    assert model.training


def test_a_later_process_gives_the_same_objects_again(run, digits):
    with pytest.raises(cm.UsageError, match="network of run .* is object:Sequential@"):
        cm.load(run.folder, network=nn.Sequential(*small(), nn.ReLU()))
    again = cm.load(run.folder, network=small()).state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in cm.load(run).state_dict().items())
    with pytest.raises(cm.UsageError, match="data of run .* is object:own@.*, and object:own@.* is given"):
        cm.open_run(run.folder, data=(digits.train.images[:599], digits.train.labels[:599]))


def test_an_interrupted_run_goes_on_with_the_same_data(digits, tmp_path):
    data = (digits.train.images[:300], digits.train.labels[:300])
    options = {**QUICK, "network": "wrn-10-1", "epochs": 2, "select": "last"}
    whole = cm.train("supervised", data=data, out=tmp_path / "whole", **options)
    part = cm.train("supervised", data=data, out=tmp_path / "part", **options).folder
    for name in ("results.json", "model.safetensors", "predictions.safetensors"):
        (part / name).unlink()
    newest = max((part / "checkpoints").iterdir(), key=lambda path: path.stat().st_mtime)
    newest.unlink()
    with pytest.raises(cm.UsageError, match="is given: give what it was begun with"):
        cm.resume(part, data=(data[0], data[1].roll(1)))
    resumed = cm.resume(part, data=data)
    first, second = (cm.load(each).state_dict() for each in (whole, resumed))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_folder_that_is_not_there_has_no_runs(tmp_path):
    with pytest.raises(cm.DataError, match="does not exist"):
        cm.list_runs(tmp_path / "none")
