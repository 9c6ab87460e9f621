"""A network whose layers hold several members, from the command line: trained, continued, looked at, exported, used."""

import pytest
import torch
from onnxruntime import InferenceSession

from contentmix.report import load_record
from contentmix.runs.graphs import onnx, torchscript
from contentmix.runs.model import load_model
from tests.cli.helpers import contentmix, one_line

WORDS = (
    *("train", "ensemble-layers", "--data", "digits", "--image-size", 8, "--network", "wrn-10-1", "--labels", 200),
    *("--select", "last", "--members", 4, "--logger", "none", "--no-progress", "--schedule", "constant"),
)


@pytest.mark.parametrize(
    ("layers", "form"), [("dropout", torchscript), ("masked", onnx), ("packed", torchscript), ("batch", onnx)]
)
def test_a_run_of_each_kind_is_like_any_other(layers, form, tmp_path, capsys):
    run, again = tmp_path / "run", tmp_path / "again"
    assert contentmix(*WORDS, "--layers", layers, "--epochs", 2, "--out", run) == 0
    record = load_record(run)
    assert record.final.members == 4
    assert record.final.d_re is not None
    # Continued after one epoch, it ends with the same weights.
    assert contentmix(*WORDS, "--layers", layers, "--epochs", 1, "--out", again) == 0
    assert contentmix("resume", again, "--epochs", 2) == 0
    assert (again / "model.safetensors").read_bytes() == (run / "model.safetensors").read_bytes()
    # It predicts, and its graph predicts the same, whatever the number of images.
    assert contentmix("evaluate", run) == 0
    model = load_model(run, device="cpu")
    given = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    mean, std = (torch.tensor(value).view(-1, 1, 1) for value in (model.inputs.mean, model.inputs.std))
    ours = model.predict((given - mean) / std)
    if form is onnx:
        (found,) = InferenceSession(onnx(model)).run(["logits"], {"images": given.numpy()})
        found = torch.from_numpy(found)
    else:
        graph = tmp_path / "graph.pt"
        graph.write_bytes(torchscript(model))
        with pytest.warns(FutureWarning, match="deprecated"):
            found = torch.jit.load(graph)(given)["logits"]
    torch.testing.assert_close(found, ours, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--layers", "masked", "--expansion", 3), "expansion is an option of layers packed"),
        (("--layers", "masked", "--mask-scale", 1), "mask_scale is 1.0: it must be more than 1 and 6 or less"),
        (("--layers", "packed", "--dropout", 0.2), "dropout is an option of layers dropout"),
        (("--layers", "deep"), "layers is 'deep': choose one of packed, batch, masked, dropout"),
        (("--layers", "masked", "--batch-size", 3), "of which 4 members learn from a part each: choose 4 or more"),
        (("--dropout", 1), "dropout is 1.0: it must be more than 0 and less than 1"),
    ],
)
def test_values_out_of_bounds_are_refused_in_a_line(words, said, capsys):
    assert contentmix(*WORDS, *words) == 2
    assert said in one_line(capsys)
