"""A published checkpoint becomes a run that the other commands take."""

import json

import pytest
import torch
from PIL import Image

from contentmix.data import load_data
from tests.cli.helpers import contentmix, one_line
from tests.runs.mixmo_pytorch import predict, wrn


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "model.ckpt"
    torch.save({"epoch": 3, "classifier_state_dict": wrn(members=2)}, path)
    return path


@pytest.fixture(scope="module")
def imported(checkpoint, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "published"
    words = ["--network", "wrn-10-2", "--data", "digits-m", "--out", folder]
    assert contentmix("import", "mixmo-pytorch", checkpoint, *words) == 0
    return folder


def normalised(data):
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (data.mean, data.std))
    return (data.test.images / 255 - mean) / std


def test_it_is_evaluated_to_the_published_network_s_figures(imported, tmp_path, capsys):
    assert contentmix("evaluate", imported, "--json", tmp_path / "figures.json") == 0
    data, figures = load_data("digits-m"), json.loads((tmp_path / "figures.json").read_text())
    logits = predict(wrn(members=2), normalised(data))
    hits = [float((part.argmax(1) == data.test.labels).double().mean()) for part in (logits.mean(1), *logits.unbind(1))]
    assert figures["top1"] == pytest.approx(100 * hits[0], abs=0.01)
    assert figures["member_top1"] == pytest.approx([100 * hit for hit in hits[1:]], abs=0.01)
    assert figures["members"] == 2


def test_it_classifies_a_photo(imported, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    data = load_data("digits-m")
    Image.fromarray(data.test.images[5].permute(1, 2, 0).numpy()).save(tmp_path / "digit.png")
    assert contentmix("predict", imported, tmp_path / "digit.png") == 0
    votes = predict(wrn(members=2), normalised(data)[5:6]).argmax(2)[0]
    assert ", ".join(data.classes[int(vote)] for vote in votes) in capsys.readouterr().out


def test_it_is_exported(imported, tmp_path):
    for kind in ("torchscript", "safetensors"):
        assert contentmix("export", imported, "--format", kind, "--out", tmp_path / kind) == 0
        assert (tmp_path / kind).stat().st_size > 100_000


def test_its_feature_usage_is_analysed(imported, capsys):
    assert contentmix("analyze", imported) == 0
    assert "output block" in capsys.readouterr().out
    assert (imported / "usage.json").is_file()
    assert not (imported / "report.html").exists()  # a page is made of results


def test_it_has_neither_results_nor_training(imported, tmp_path, capsys):
    assert contentmix("report", imported, "--out", tmp_path / "page.html") == 1
    assert f"run {imported} was imported, and not evaluated: see its figures with: contentmix evaluate" in one_line(
        capsys
    )
    assert contentmix("resume", imported) == 2
    assert "was imported: there is no training to continue" in one_line(capsys)


def test_a_run_folder_is_never_overwritten(checkpoint, imported, capsys):
    before = (imported / "model.safetensors").read_bytes()
    words = ["--network", "wrn-10-2", "--data", "digits-m", "--out", imported]
    assert contentmix("import", "mixmo-pytorch", checkpoint, *words) == 2
    assert f"run folder {imported} exists: choose another --out" in one_line(capsys)
    assert (imported / "model.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--network", "wrn-10-1", "--data", "digits-m"], 2, "the checkpoint holds a wrn-10-2"),
        (["--network", "wrn-10-2", "--data", "digits"], 1, "list_conv1.0.weight is (16, 3, 3, 3) for (16, 1, 3, 3)"),
        (["--network", "wrn-10-2", "--data", "cifar100"], 1, "list_fc.0.bias is (10,) for (100,)"),
        (["--network", "wrn-10-2", "--data", "digit-m"], 2, "unknown data 'digit-m'"),
        (["--network", "wrn-10-2"], 2, "--data"),
    ],
)
def test_what_does_not_fit_is_one_line(words, code, message, checkpoint, tmp_path, capsys):
    assert contentmix("import", "mixmo-pytorch", checkpoint, "--out", tmp_path / "run", *words) == code
    assert message in one_line(capsys)
    assert not (tmp_path / "run").exists()


def test_help_says_what_it_takes(capsys):
    assert contentmix("import", "--help") == 0
    assert "mixmo-pytorch" in capsys.readouterr().out
    assert contentmix("import", "mixmo-pytorch", "--help") == 0
    text = capsys.readouterr().out
    for word in ("CHECKPOINT", "--network", "--data", "--out", "--data-root", "preactresnet18-W"):
        assert word in text
