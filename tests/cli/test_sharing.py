"""MixShare whose members part late, or have channels of their own: trained, looked at and exported."""

import csv
import json
import warnings

import pytest
import torch
from PIL import Image

from contentmix.data import load_data
from contentmix.report import load_record, load_usage
from contentmix.runs.model import load_model
from tests.cli.helpers import contentmix, fast, one_line

OPTIONS = {
    "late": ["--separation", "last-stage", "--attribution", "embedding", "--unmixing", "full"],
    "reserved": ["--reserved", "0.5", "--unmixing", "full"],
}


@pytest.fixture(scope="module", params=OPTIONS)
def trained(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "run"
    words = ["--data", "digits", "--image-size", "8", "--out", folder, *fast(epochs=2, batch_size=64)]
    assert contentmix("train", "mixshare", *words, *OPTIONS[request.param]) == 0
    return request.param, folder


def test_it_learns_and_is_evaluated_and_predicts(trained, tmp_path):
    _, run = trained
    final = load_record(run).final
    with open(run / "metrics.csv", newline="") as file:
        first, second = (float(row["train_loss"]) for row in csv.DictReader(file))
    assert second < first
    assert len(final.member_top1) == 2
    assert contentmix("evaluate", run, "--json", tmp_path / "figures.json") == 0
    assert json.loads((tmp_path / "figures.json").read_text())["top1"] == final.top1
    Image.fromarray(load_data("digits").test.images[0, 0].numpy()).save(tmp_path / "digit.png")
    assert contentmix("predict", run, tmp_path / "digit.png") == 0


def test_sharing_is_measured_where_members_part(trained):
    """Heads of members with half of the channels to themselves share the other half at most."""
    kind, run = trained
    assert contentmix("analyze", run) == 0
    blocks = {block.name: block.sharing for block in load_usage(run).blocks}
    if kind == "late":
        assert list(blocks) == ["output block"]
        assert 0.5 < blocks["output block"] <= 1
    else:
        assert list(blocks) == ["input block", "stage1", "stage2", "stage3", "output block"]
        assert 0.1 < blocks["output block"] < 0.6


@pytest.mark.parametrize("form", ["torchscript", "onnx"])
def test_what_is_exported_predicts_the_same(form, trained, tmp_path):
    runtime = pytest.importorskip("onnxruntime") if form == "onnx" else None
    _, run = trained
    path, model, images = tmp_path / "model", load_model(run), torch.rand(3, 1, 8, 8)
    assert contentmix("export", run, "--format", form, "--out", path) == 0
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of TorchScript
        logits = model.network.predict((images - model.inputs.mean[0]) / model.inputs.std[0])
        if runtime is None:
            found = torch.jit.load(path)(images)["logits"]
        else:
            found = torch.from_numpy(runtime.InferenceSession(path).run(["logits"], {"images": images.numpy()})[0])
    torch.testing.assert_close(found, logits, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--separation", "last-stage", "--network", "convit-16-1-4"], "PatchTransformer has no forward_features"),
        (["--reserved", "0.5", "--network", "timm/densenet121"], "DenseNet cannot reserve channels for its members"),
        (["--reserved", "0.5", "--cutmix-prob", "0.5"], "reserved is 0.5 and cutmix_prob 0.5"),
        (["--reserved", "1"], "reserved is 1.0, and unmixing is of shared channels, of which there are none"),
        (["--reserved", "1.5"], "reserved is 1.5: it must be 0 or more and 1 or less"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(words, message, tmp_path, capsys):
    assert (
        contentmix("train", "mixshare", "--data", "digits", "--image-size", "32", "--out", tmp_path / "run", *words)
        == 2
    )
    assert message in one_line(capsys)
