"""Two processes over gloo train like one with the same global batch."""

import csv
import functools
import multiprocessing
import socket

import pytest
from torch import nn

from tests.training import runs

# What depends on a process's part of the batch is left out: batch normalisation, and the rectangles of pixel CutMix.
GROUPS = functools.partial(nn.GroupNorm, 4)


def history(folder):
    with open(folder / "metrics.csv", newline="") as file:
        return list(csv.DictReader(file))


def launch(folder, devices, monkeypatch, **more):
    """Start the processes as torchrun does: each is told its rank by the environment."""
    context = multiprocessing.get_context("spawn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MASTER_PORT", str(free.getsockname()[1]))
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("WORLD_SIZE", str(devices))
    processes = []
    for rank in range(devices):
        monkeypatch.setenv("LOCAL_RANK", str(rank))
        options = {"devices": devices, "norm_layer": GROUPS, **more}
        processes.append(context.Process(target=runs.run, args=(str(folder),), kwargs=options))
        processes[-1].start()
    for process in processes:
        process.join(400)
    assert [process.exitcode for process in processes] == [0] * devices


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        ({"cutmix_prob": 0.0}, ("train_loss", "val_nll", "val_top1")),
        (
            {"make": "build_few_labels"},
            ("train_loss", "loss_consistency", "pseudo_label_accuracy", "val_nll", "val_top1"),
        ),
        (
            {"make": "build_mixvit", "mix": "none", "drop_path": 0.0},
            ("train_loss", "val_nll", "val_top1"),
        ),
    ],
)
def test_two_processes_have_the_curves_of_one(options, columns, tmp_path, monkeypatch):
    for devices in (1, 2):
        launch(tmp_path / str(devices), devices, monkeypatch, **options)
    one, two = history(tmp_path / "1"), history(tmp_path / "2")
    assert len(one) == len(two) == runs.EPOCHS
    for mine, theirs in zip(one, two, strict=True):
        for column in columns:
            assert float(mine[column]) == pytest.approx(float(theirs[column]), rel=2e-3), (mine["epoch"], column)
