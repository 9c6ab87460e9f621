"""What a run reads, and what its record says of the code."""

import subprocess

import pytest
import torch

from contentmix.errors import UsageError
from contentmix.options.run import RunOptions
from contentmix.runs import provenance
from contentmix.runs.shapes import Shapes
from contentmix.runs.source import read_data
from tests.data.photo_files import make


def labelled(**options):
    return read_data(RunOptions(data="digits", **options))[1]


def test_runs_of_other_seeds_learn_from_the_same_images_where_asked():
    first, second = (labelled(labels=20, labels_seed=3, seed=seed) for seed in (0, 1))
    assert torch.equal(first, second)
    assert torch.equal(first, labelled(labels=20, seed=3)), "what seed 3 draws"
    assert not torch.equal(first, labelled(labels=20, seed=0))


@pytest.mark.parametrize("labels", [None, "labelled.txt"])
def test_a_seed_of_labels_that_are_not_drawn_is_an_error(labels):
    with pytest.raises(UsageError, match="labels_seed is 3, and no labels are drawn: give labels a number too"):
        RunOptions(labels=labels, labels_seed=3)


def test_a_copy_without_history_is_of_the_commit_that_it_is_told(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: (_ for _ in ()).throw(OSError("no git here")))
    monkeypatch.delenv("CONTENTMIX_COMMIT", raising=False)
    assert provenance.commit() is None
    monkeypatch.setenv("CONTENTMIX_COMMIT", "abc123")
    assert provenance.commit() == "abc123"


@pytest.mark.parametrize(
    ("device", "options", "size"),
    [
        ("cpu", {}, 48),  # 96 px would leave time for fewer than half of the steps
        ("cpu", {"image_size": 80}, 80),
        ("cpu", {"pretrained": True}, 96),
        ("cuda", {}, 96),
    ],
)
def test_photos_are_small_on_a_cpu_where_no_size_is_given(device, options, size, tmp_path, monkeypatch):
    monkeypatch.setattr("contentmix.runs.source.device_of", lambda _: torch.device(device))
    folder = make(tmp_path / "photos", size=100)
    run = RunOptions(data=str(folder), data_root=tmp_path / "root", **options)
    data, _ = read_data(run)
    assert data.image_size == size
    assert Shapes().of(run).image_size == size
