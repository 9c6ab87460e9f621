"""Every region of every file of a run flipped, truncated or emptied; every write on a full disk."""

import errno
import os
import shutil

import pytest

from contentmix.cli import main
from contentmix.errors import ContentmixError
from contentmix.report import load_record, read_predictions, write_report
from contentmix.runs.model import load_model
from contentmix.runs.train import resume, train
from contentmix.training import list_checkpoints, newest_intact, read_checkpoint
from tests.faults import FULL
from tests.faults.conftest import config
from tests.faults.figures import note, tried

REGIONS = 64 if FULL else 4
# What reads each file, and whether every flipped bit of it is seen: text for people can be changed to other text.
READERS = {
    "model.safetensors": (lambda run: load_model(run), True),
    "predictions.safetensors": (lambda run: read_predictions(run / "predictions.safetensors"), True),
    "checkpoints": (lambda run: newest_intact(run / "checkpoints"), True),
    "results.json": (lambda run: load_record(run), False),
    "metrics.csv": (lambda run: write_report([run], run / "again.html"), False),
    "details.json": (lambda run: write_report([run], run / "again.html"), False),
    "config.yaml": (lambda run: load_model(run), False),
}


def files_of(run, name):
    return list_checkpoints(run / name) if name == "checkpoints" else [run / name]


def refused(read, run):
    """Whether the file is refused in one line; another error than ours is a fault."""
    said, _ = tried(lambda: read(run), ContentmixError)
    assert "\n" not in said
    return said != ""


@pytest.mark.parametrize("name", READERS)
def test_damage_is_noticed_or_harmless(name, copy):
    read, always = READERS[name]
    for path in files_of(copy, name):
        content = path.read_bytes()
        header = 8 + int.from_bytes(content[:8], "little") if path.suffix == ".safetensors" else 0
        places = sorted({int(i * (len(content) - 1) / REGIONS) for i in range(REGIONS + 1)})
        for place in places:
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            seen = read_alone(read, copy, path)
            note("flips", noticed=seen)
            assert seen or not always or place < header, f"{path.name} flipped at {place} of {len(content)}"
        for cut in (0, 1, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:cut])
            seen = read_alone(read, copy, path)
            note("truncations", noticed=seen)
            assert seen or name == "config.yaml" or cut == len(content) - 1, f"{path.name} cut to {cut}"
        path.write_bytes(content)


def read_alone(read, run, path):
    """Of checkpoints, each must be seen to be damaged, though another serves."""
    if path.parent.name == "checkpoints":
        return refused(lambda _: read_checkpoint(path), run)
    return refused(read, run)


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


@pytest.mark.parametrize("after", range(24) if FULL else [0, 5, 12])
def test_a_disk_that_is_full_at_any_write_costs_nothing_but_time(after, finished, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        FullDisk(patch, after)
        said, _ = tried(lambda: train(config(folder, epochs=2, checkpoint_every=2)), ContentmixError)
    assert not said or "disk full" in said
    assert not list(folder.rglob("*.tmp"))
    if not (folder / "results.json").exists():
        resume(folder) if list_checkpoints(folder / "checkpoints") else train(
            config(folder, epochs=2, checkpoint_every=2)
        )
    elif not (folder / "report.html").exists():
        resume(folder)
    for name in ("model.safetensors", "metrics.csv", "predictions.safetensors"):
        assert (folder / name).read_bytes() == (finished / name).read_bytes()
    assert (folder / "report.html").exists()
    note("full disks", noticed=True)


def test_a_run_folder_that_is_copied_while_it_is_held_is_a_run(finished, tmp_path):
    """A lock is a file of the process that holds it, nothing of the run."""
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run" / ".lock").write_text("")
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", str(tmp_path / "run")])
    assert stop.value.code == 0
