"""Where runs compute and predict: in which arithmetic, and what is said of a device that there is none of."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.modules.module import register_module_forward_hook

import contentmix as package
from tests.cli.helpers import contentmix, fast, one_line


def arithmetic():
    """What decides how a CUDA device computes single precision."""
    return (
        torch.backends.cudnn.allow_tf32,
        torch.get_float32_matmul_precision(),
        torch.are_deterministic_algorithms_enabled(),
    )


@pytest.fixture
def passes():
    """The arithmetic of every pass that predicts."""
    seen = []
    hook = register_module_forward_hook(
        lambda *_: seen.append(arithmetic()) if torch.is_inference_mode_enabled() else None
    )
    yield seen
    hook.remove()


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_whatever_predicts_computes_as_the_run_asked(tmp_path, photo, passes):
    """From the end of training on, too: torch's own choice is TF32 for convolutions, and not for products."""
    run, before = tmp_path / "run", arithmetic()
    assert before == (True, "highest", False)
    options = [*fast(1), "--labels", 100, "--select", "last", "--precision", "tf32", "--deterministic"]
    commands = (
        ["train", "cut-mixmo", "--data", "digits", "--out", run, *options],
        ["evaluate", run],
        ["predict", run, photo],
        ["analyze", run],
    )
    for command in commands:
        passes.clear()
        assert contentmix(*command) == 0
        assert set(passes) == {(True, "high", True)}
        assert arithmetic() == before
    passes.clear()
    package.load(run).predict(torch.zeros(2, 1, 8, 8))
    assert set(passes) == {(True, "high", True)}
    assert arithmetic() == before


def test_single_precision_is_single_precision_where_a_run_predicts(run, photo, passes):
    assert contentmix("evaluate", run) == contentmix("predict", run, photo) == 0
    assert set(passes) == {(False, "highest", False)}


@pytest.fixture
def no_cuda(monkeypatch):
    """There is a CPU only, and no data may be read."""

    def refuse(*_args, **_options):
        raise AssertionError("data were read")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for name in ("train.read_data", "ensemble.read_test_data"):
        monkeypatch.setattr(f"contentmix.runs.{name}", refuse)


@pytest.mark.usefixtures("no_cuda")
def test_a_device_that_is_missing_is_told_before_data_are_read(run, photo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for words in (
        ["train", "supervised", "--data", "digits"],
        ["evaluate", run],
        ["analyze", run],
        ["predict", run, photo],
    ):
        assert contentmix(*words, "--device", "cuda") == 2
        assert one_line(capsys) == "contentmix: device is cuda: there is cpu here, or auto"
    assert list(tmp_path.iterdir()) == [photo]


@pytest.mark.usefixtures("no_cuda")
def test_a_run_is_not_continued_on_a_device_that_is_gone(run, tmp_path, capsys):
    copy = tmp_path / "copy"
    (copy / "checkpoints").mkdir(parents=True)
    text = (run / "config.yaml").read_text()
    assert "device: auto" in text
    (copy / "config.yaml").write_text(text.replace("device: auto", "device: cuda"))
    for path in (run / "checkpoints").iterdir():
        (copy / "checkpoints" / path.name).write_bytes(path.read_bytes())
    assert contentmix("resume", copy) == 2
    assert "device is cuda: there is cpu here" in one_line(capsys)
