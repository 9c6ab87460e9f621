"""Files, keys, errors and the public names."""

import errno
import os
import subprocess
import sys

import pytest
import torch

import contentmix
from contentmix.errors import DataError, UsageError, unknown
from contentmix.files import atomic_write
from contentmix.keys import derive, keyed_generator


def test_a_write_replaces_the_whole_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    atomic_write(path, "old")
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_loses_nothing_and_says_so(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    atomic_write(path, "old")

    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        DataError, match=r"disk full: .*a.txt \(3 bytes\) was not written and nothing was lost; free some space"
    ):
        atomic_write(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="cannot write .*no/a.txt: No such file"):
        atomic_write(tmp_path / "no" / "a.txt", "")


def test_keys_depend_on_every_word_and_its_type():
    seeds = {
        derive(0, "a", 1),
        derive(0, "a", 2),
        derive(0, "b", 1),
        derive(1, "a", 1),
        derive(0, "a", "1"),
        derive(0, "a1"),
    }
    assert len(seeds) == 6
    assert derive(0, "a", 1) == derive(0, "a", 1)
    assert all(0 <= seed < 2**63 for seed in seeds)
    first, again = (torch.rand(3, generator=keyed_generator(0, "x", 5)) for _ in range(2))
    assert torch.equal(first, again)


def test_an_unknown_name_is_answered_with_the_nearest_and_all():
    error = unknown("mask", "cowmx", ["cowmix", "fmix"])
    assert isinstance(error, UsageError)
    assert str(error) == "unknown mask 'cowmx'; did you mean 'cowmix'? (valid: cowmix, fmix)"


def test_every_public_name_is_there():
    for name in contentmix.__all__:
        assert getattr(contentmix, name) is not None
    assert set(contentmix.__all__) <= set(dir(contentmix))
    with pytest.raises(AttributeError, match="no attribute 'mixupp'"):
        contentmix.mixupp  # noqa: B018


def test_importing_the_package_loads_nothing_heavy():
    heavy = ("torch", "timm", "pytorch_lightning", "datasets", "huggingface_hub", "optuna", "ray", "wandb", "mlflow")
    code = f"import contentmix, sys; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
