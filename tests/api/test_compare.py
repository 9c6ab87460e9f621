"""Comparisons from Python, of objects."""

import pytest
import torch
from torch import nn

import contentmix as cm
from contentmix.data import load_data

QUICK = {"epochs": 1, "device": "cpu"}


def small():
    return nn.Sequential(nn.Conv2d(1, 4, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, 10))


def test_objects_are_compared_and_runs_that_are_there_are_kept(tmp_path):
    digits = load_data("digits", image_size=8)
    entries = ["supervised:lr=0.2", ("supervised", {"network": small(), "lr": 0.2})]
    with pytest.raises(cm.UsageError, match="unknown option 'members' of every run"):
        cm.compare(entries, data=digits, network=small(), out=tmp_path / "c", members=3, **QUICK)
    network = small()
    with torch.no_grad():
        network[0].weight.mul_(2)
    found = cm.compare(entries, data=digits, network=network, out=tmp_path / "c", seeds=1, **QUICK)
    first, second = (row["row"] for row in found.table)
    assert first == "supervised-lr-0.2"
    assert second.startswith("supervised-network-object-Sequential-")
    assert [row["steps"] for row in found.table] == [80, 80], "1,294 images in batches of 16"
    assert [row["parameters"] for row in found.table] == [4 * 9 + 4 + 170] * 2
    (verdict,) = found.verdicts
    assert (verdict["better"], verdict["p"], verdict["needed"], verdict["seeds"]) == (None, None, None, 1)
    assert found.table[0]["top1_std"] is None
    stamp = (tmp_path / "c" / f"{first}-seed0" / "results.json").stat().st_mtime_ns
    again = cm.compare(entries, data=digits, network=network, out=tmp_path / "c", seeds=1, **QUICK)
    assert again.table == found.table
    assert (tmp_path / "c" / f"{first}-seed0" / "results.json").stat().st_mtime_ns == stamp


def test_a_run_that_fails_is_named(tmp_path):
    broken = ["supervised", "supervised:lr=1e30,warmup_epochs=0"]
    with pytest.raises(
        cm.ContentmixError, match=r"1 runs failed, supervised-lr-1e\+30-.*: the loss is .* the same call"
    ):
        cm.compare(
            broken, network="wrn-10-1", labels=40, epoch_steps=3, image_size=8, out=tmp_path / "c", seeds=1, **QUICK
        )
