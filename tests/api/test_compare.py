"""Comparisons from Python, of objects."""

import pytest
from torch import nn

import contentmix as cm
from contentmix.data import load_data
from tests.api.test_own_method import Noisy

QUICK = {"epochs": 1, "device": "cpu"}


def small(width=4):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * width, 10)
    )


def test_objects_are_compared_and_runs_that_are_there_are_kept(tmp_path):
    digits = load_data("digits", image_size=8)
    entries = ["supervised:lr=0.2", ("supervised", {"network": small(5), "lr": 0.2})]
    with pytest.raises(cm.UsageError, match="unknown option 'members' of every run"):
        cm.compare(entries, data=digits, network=small(), out=tmp_path / "c", members=3, **QUICK)
    network = small()
    found = cm.compare(entries, data=digits, network=network, out=tmp_path / "c", seeds=1, **QUICK)
    first, second = (row["row"] for row in found.table)
    assert first == "supervised-lr-0.2"
    assert second.startswith("supervised-network-object-Sequential-")
    assert [row["steps"] for row in found.table] == [80, 80], "1,294 images in batches of 16"
    assert [row["parameters"] for row in found.table] == [4 * 9 + 4 + 170, 5 * 9 + 5 + 210]
    (verdict,) = found.verdicts
    assert (verdict["better"], verdict["p"], verdict["needed"], verdict["seeds"]) == (None, None, None, 1)
    assert found.table[0]["top1_std"] is None
    stamp = (tmp_path / "c" / f"{first}-seed0" / "results.json").stat().st_mtime_ns
    again = cm.compare(entries, data=digits, network=network, out=tmp_path / "c", seeds=1, **QUICK)
    assert again.table == found.table
    assert (tmp_path / "c" / f"{first}-seed0" / "results.json").stat().st_mtime_ns == stamp


def test_networks_that_differ_in_their_weights_alone_are_refused(tmp_path):
    """They have one name, so one of them would be trained in both rows."""
    entries = ["supervised", ("supervised", {"network": small(), "lr": 0.2})]
    with pytest.raises(
        cm.UsageError, match="two networks are called object:Sequential@.*, as they differ in their weights"
    ):
        cm.compare(entries, network=small(), out=tmp_path / "c", **QUICK)
    same = small()
    with pytest.raises(cm.UsageError, match="supervised is given twice"):
        cm.compare(["supervised", "supervised", ("mimo", {"network": same})], network=same, out=tmp_path / "c", **QUICK)


def test_methods_of_ones_own_are_compared_with_those_there_are(tmp_path):
    entries = [Noisy(0.25), (Noisy(0.5), {"lr": 0.02}), "supervised"]
    quick = {"network": "wrn-10-1", "labels": 40, "epoch_steps": 2, "image_size": 8, **QUICK}
    found = cm.compare(entries, out=tmp_path / "c", seeds=1, **quick)
    assert [row["method"] for row in found.table] == ["Noisy(weight=0.25)", "Noisy(weight=0.5)", "supervised"]
    first, second, third = (row["row"] for row in found.table)
    assert (first[:6], second[:6], second[-8:], third) == ("Noisy-", "Noisy-", "-lr-0.02", "supervised")
    assert (tmp_path / "c" / f"{first}-seed0" / "config.yaml").read_text().startswith("# method: Noisy(weight=0.25)\n")
    assert f"supervised or {first}" in found.page.read_text()


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ("supervised", "methods is 'supervised': give a list of two or more"),
        ([3, "supervised"], "method is int: give a name"),
        ([Noisy, "supervised"], "method is the class Noisy and no object of it"),
        ([Noisy(1.0), Noisy(1.0)], "Noisy-.* is given twice"),
    ],
)
def test_what_cannot_be_compared_is_one_line(methods, message):
    with pytest.raises(cm.UsageError, match=message):
        cm.compare(methods)


def test_a_run_that_fails_is_named(tmp_path):
    broken = ["supervised", "supervised:lr=1e30,warmup_epochs=0"]
    with pytest.raises(
        cm.ContentmixError, match=r"1 runs failed, supervised-lr-1e\+30-.*: the loss is .* the same call"
    ):
        cm.compare(
            broken, network="wrn-10-1", labels=40, epoch_steps=3, image_size=8, out=tmp_path / "c", seeds=1, **QUICK
        )
