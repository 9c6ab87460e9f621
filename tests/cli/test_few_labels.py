"""Learning from few labels by the command line."""

import csv
import logging

import pytest

from contentmix.report import load_record
from tests.cli.helpers import contentmix, one_line

OPTIONS = ["--data", "digits", "--labels", "40", "--network", "wrn-10-1", "--epochs", "2", "--no-progress"]


def history(run):
    with open(run / "metrics.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("method", "options", "columns"),
    [
        (
            "mean-teacher",
            ["--precision", "bf16-mixed", "--epoch-steps", "4"],
            {"loss_supervised", "loss_consistency", "loss_head_distance", "pseudo_label_accuracy"},
        ),
        ("mixmatch", ["--ramp-steps", "0", "--batch-size", "32"], {"loss_unlabelled", "pseudo_label_accuracy"}),
        (
            "fixmatch",
            ["--threshold", "0", "--precision", "bf16-mixed", "--epoch-steps", "4"],
            {"loss_pseudo_label", "over_threshold", "pseudo_label_accuracy"},
        ),
        ("fixmatch", ["--members", "2", "--unlabelled-batch", "256"], {"loss_pseudo_label", "agreement"}),
        ("fixmatch", ["--batch-norm", "interleaved", "--select", "validation", "--validation", "0.25"], {"val_top1"}),
    ],
)
def test_methods_train_and_say_what_they_saw(method, options, columns, tmp_path):
    assert contentmix("train", method, *OPTIONS, *options, "--out", tmp_path / "run") == 0
    record = load_record(tmp_path / "run")
    selected = "--select" in options
    assert record.train["images"] == (30 if selected else 40)
    assert record.train["unlabelled"] == 1438 - 40
    assert [e.checkpoint for e in record.evaluations] == ["raw", "last", *(["best"] if selected else [])]
    assert columns <= set(history(tmp_path / "run")[0])
    assert len((tmp_path / "run" / "labelled.txt").read_text().split()) == 40
    assert record.evaluations[0].members == (2 if "--members" in options else 1)
    # Whatever was trained by two heads or none, it predicts and is evaluated like any run.
    assert contentmix("evaluate", tmp_path / "run") == 0


def test_all_methods_see_the_same_subset_for_a_seed(tmp_path):
    for method in ("supervised", "fixmatch"):
        words = [*OPTIONS[:-3], "--epochs", "1", "--no-progress", "--batch-size", "32", "--out", tmp_path / method]
        assert contentmix("train", method, *words) == 0
    one, other = ((tmp_path / name / "labelled.txt").read_bytes() for name in ("supervised", "fixmatch"))
    assert one == other
    # The lower bound makes the steps of a pass over all images.
    assert load_record(tmp_path / "supervised").train["steps"] == 1438 // 32


def test_a_file_of_indices_repeats_a_run(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert contentmix("train", "mean-teacher", *OPTIONS, "--out", first) == 0
    words = ["--data", "digits", "--labels", first / "labelled.txt", *OPTIONS[4:]]
    assert contentmix("train", "mean-teacher", *words, "--out", second) == 0
    assert (first / "metrics.csv").read_bytes() == (second / "metrics.csv").read_bytes()


def test_a_dead_term_is_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="contentmix"):
        words = ["--threshold", "1", "--epochs", "1", "--out", tmp_path / "run"]
        assert contentmix("train", "fixmatch", *OPTIONS[:-3], "--no-progress", *words) == 0
    assert "loss_pseudo_label was exactly zero in every step of epoch 1" in caplog.text


def test_a_missing_file_of_indices_is_named(tmp_path, capsys):
    assert contentmix("train", "fixmatch", "--labels", tmp_path / "some.txt") == 1
    assert "some.txt cannot be read: No such file" in one_line(capsys)
