"""A disk that is full at any write costs nothing but time."""

import errno
import os
import shutil

import pytest

from contentmix.errors import ContentmixError
from contentmix.runs.train import resume, train
from contentmix.training import list_checkpoints
from tests.cli.helpers import contentmix, one_line
from tests.faults import FULL
from tests.faults.conftest import config
from tests.faults.figures import tried
from tests.faults.methods import make_photos


class FullDisk:
    """From the n-th write on there is no room, as ``os.fsync`` tells."""

    def __init__(self, monkeypatch, after):
        self.left, self.fsync = after, os.fsync
        monkeypatch.setattr(os, "fsync", self)

    def __call__(self, handle):
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.fsync(handle)


@pytest.fixture(scope="module")
def begin(tmp_path_factory):
    """Begins a run of a few steps."""
    photos = make_photos(tmp_path_factory.mktemp("data") / "photos")
    options = {"data": str(photos), "image_size": 16, "batch_size": 16, "epochs": 2, "checkpoint_every": 2}
    return lambda folder: train(config(folder, **options))


@pytest.fixture(scope="module")
def whole(begin, tmp_path_factory):
    """Such a run, and how often it was flushed."""
    with pytest.MonkeyPatch.context() as patch:
        count = FullDisk(patch, 10**9)
        return begin(tmp_path_factory.mktemp("whole") / "run"), 10**9 - count.left


@pytest.mark.parametrize("share", range(16) if FULL else [0, 5, 12])
def test_a_run_goes_on_once_there_is_room(share, begin, whole, tmp_path, monkeypatch, note):
    """Its writes are tried in sixteen parts, which together are all."""
    folder, (reference, writes) = tmp_path / "run", whole
    for after in range(share, writes, 16) if FULL else [share * writes // 16]:
        with monkeypatch.context() as patch:
            FullDisk(patch, after)
            said, _ = tried(lambda: begin(folder), ContentmixError)
        assert not said or "disk full" in said
        assert not list(folder.rglob("*.tmp"))
        if not (folder / "results.json").exists():
            resume(folder) if list_checkpoints(folder / "checkpoints") else begin(folder)
        elif not (folder / "report.html").exists():
            resume(folder)
        for name in ("model.safetensors", "metrics.csv", "predictions.safetensors"):
            assert (folder / name).read_bytes() == (reference / name).read_bytes()
        assert (folder / "report.html").exists()
        shutil.rmtree(folder)
        note("full disks at a write of a run", "one line, the same in the end")


@pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning")
@pytest.mark.parametrize(
    ("words", "made"),
    [("analyze {run}", "usage.json"), ("evaluate {run} --json {out}", "{out}"), ("report {run} --out {out}", "{out}"),
     ("predict {run} {run}/usage-activity.png --json {out}", "{out}"), ("hybrids {run} --out {out}", "{out}"),
     ("export {run} --format torchscript --out {out}", "{out}"), ("export {run} --format safetensors --out {out}", "{out}")],
    ids=lambda value: value.partition(" ")[0],
)  # fmt: skip
def test_what_a_command_writes_is_there_or_not(words, made, analysed, tmp_path, monkeypatch, capsys, note):
    run, out = shutil.copytree(analysed, tmp_path / "run"), tmp_path / "made"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with monkeypatch.context() as patch:
        FullDisk(patch, 0)
        assert contentmix(*words.format(run=run, out=out).split()) == 1
    assert "disk full" in one_line(capsys)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert not out.exists()
    assert not list(tmp_path.rglob("*.tmp"))
    note("full disks at what a command writes", "one line, nothing lost")


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    run = train(config(tmp_path_factory.mktemp("analysed") / "run", "mimo", batch_size=1024))
    assert contentmix("analyze", run) == 0
    return run
