"""What a run needs of its machine and is not there is told in one line, before its data are read, and leaves nothing behind."""

import os
from dataclasses import replace

import pytest
import torch

from contentmix.data import read_split
from contentmix.errors import DataError, UsageError
from contentmix.runs.train import resume, train
from tests.faults.conftest import config


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "foo"}, "strategy foo .*do not go together here: You selected an invalid strategy name"),
        ({"strategy": "fsdp", "device": "cpu"}, "strategy fsdp .*do not go together here: .*requires a GPU"),
        ({"strategy": "ddp_spawn"}, "strategy is ddp_spawn: it would send the data .*choose auto or ddp"),
        ({"strategy": "ddp_fork", "devices": 2}, "strategy is ddp_fork: it would send the data"),
        ({"nodes": 2}, "nodes is 2, and nothing says where the others are: start it by SLURM or torchrun"),
    ],
    ids=str,
)
def test_what_the_machine_lacks_is_told_before_data_are_read(options, message, tmp_path, monkeypatch):
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(UsageError, match=message) as raised:
        train(config(tmp_path / "run", data=str(tmp_path / "no-data"), **options))
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_more_devices_than_there_are_is_told_before_data_are_read(tmp_path, monkeypatch):
    """As on a machine with one card: of those that are asked for, the second is missing."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr("lightning_fabric.accelerators.cuda.num_cuda_devices", lambda: 1)
    with pytest.raises(UsageError, match="device cuda, devices 2, .*do not go together here: .*only has: .0."):
        train(config(tmp_path / "run", data=str(tmp_path / "no-data"), device="cuda", devices=2))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("method", "options"),
    [("supervised", {"batch_size": 16}), ("fixmatch", {"batch_size": 12, "labels": 20})],
    ids=str,
)
def test_a_batch_that_processes_cannot_share_is_told_before_there_are_any(method, options, tmp_path):
    of_method = {"unlabelled_batch": 16} if method == "fixmatch" else None
    with pytest.raises(UsageError, match="batch_size gives 16 positions, which 3 processes cannot share evenly"):
        train(config(tmp_path / "run", method, of_method, devices=3, **options))
    assert not list(tmp_path.iterdir())


def test_a_run_folder_whose_name_is_no_utf_8_is_refused_and_photos_with_such_names_are_read(photos, tmp_path):
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    photos.rename(odd)
    (odd / "dogs").rename(odd / os.fsdecode(b"d\xf6gs"))
    options = {"data": str(odd), "image_size": 16, "batch_size": 4}
    with pytest.raises(UsageError, match="whose name is no UTF-8"):
        train(config(tmp_path / os.fsdecode(b"run\xff"), **options))
    train(config(tmp_path / "run", **options))
    assert not any(b"\xff" in os.fsencode(path.name) for path in tmp_path.iterdir())


def test_a_run_folder_in_the_data_is_no_class(photos, tmp_path, monkeypatch):
    monkeypatch.chdir(photos)
    asked = config(None, data=".", image_size=16, batch_size=4)
    folder = train(asked)
    assert folder.parent.name == "runs"
    (folder.parent / "report.html").write_text("of a comparison")
    again = train(replace(asked, run=replace(asked.run, seed=1)))
    assert read_split(folder).classes == read_split(again).classes == ("cats", "dogs")
    (folder.parent / "more.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"more\.png cannot be read"):
        train(replace(asked, run=replace(asked.run, seed=2)))


def test_a_run_of_photos_whose_data_are_now_a_set_by_name_is_not_continued(photos, tmp_path):
    folder = train(config(tmp_path / "run", data=str(photos), image_size=16, batch_size=4, logger="none"))
    written = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(written.replace(f"data: {photos}", "data: digits"))
    (folder / "results.json").unlink()
    with pytest.raises(UsageError, match="was trained with a folder of photos, its config.yaml now says data digits"):
        resume(folder)


def test_shifts_that_leave_nothing_of_an_image_are_refused(tmp_path):
    with pytest.raises(UsageError, match="crop_px is 16, and images are of 16 px: choose less"):
        train(config(tmp_path / "run", crop_px=16))
    assert not list(tmp_path.iterdir())
