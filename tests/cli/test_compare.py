"""Comparisons by the command line."""

import shutil

import pytest

from contentmix.report import load_record
from contentmix.runs.config import read_config_file
from tests.cli.helpers import contentmix, one_line

METHODS = ("supervised", "cut-mixmo:members=3", "fixmatch")
ROWS = ("supervised", "cut-mixmo-members-3", "fixmatch")
SHARED = ("--labels", "40", "--image-size", "8", "--epochs", "1", "--network", "wrn-10-1", "--device", "cpu")


def compare(folder, *words, seeds=2):
    return contentmix("compare", *METHODS, *SHARED, "--seeds", seeds, "--out", folder, *words)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison") / "c"
    assert compare(folder) == 0
    return folder


def comparable(run):
    """The record of a run, but for the time that it took."""
    record = load_record(run)
    return {**vars(record), "train": {**record.train, "seconds": None}}


def test_every_run_has_made_the_same_steps(made):
    """1,398 unlabelled images and 40 labelled: cut-mixmo, whose batches hold 32 different ones, needs the most for a pass, 44."""
    records = {path.name: load_record(path) for path in made.iterdir() if path.is_dir()}
    assert set(records) == {f"{row}-seed{seed}" for row in ROWS for seed in range(2)}
    assert {record.train["steps"] for record in records.values()} == {44}
    assert records["cut-mixmo-members-3-seed1"].command == (
        "contentmix compare supervised cut-mixmo:members=3 fixmatch --labels 40 --network wrn-10-1 --epochs 1 --device cpu "
        "--image-size 8 --rows cut-mixmo-members-3 --seeds 2"
    )
    options = [read_config_file(made / f"{row}-seed0" / "config.yaml") for row in ROWS]
    assert [each["epoch_steps"] for each in options] == [44] * 3
    assert options[1]["members"] == 3


def test_the_page_begins_with_what_was_found(made):
    html = (made / "report.html").read_text()
    assert "<h1>Comparison: supervised, cut-mixmo-members-3, fixmatch on digits</h1>" in html
    first = html.index(
        '<p class="banner">Data: digits, 40 training, 359 test images (supervised, cut-mixmo-members-3); '
        "digits, 40 labelled, 1,398 unlabelled, 359 test images (fixmatch). Network: wrn-10-1. "
    )
    places = [
        html.index(text)
        for text in (
            "Optimiser steps of a run: 44. Epochs: 1. Seeds: 0, 1.", "Equal steps: every run makes 44", "of 3 comparisons are decided.</p>", "fixmatch - supervised is",
            "fixmatch has 1.00 x the parameters", "<h2>Verdicts</h2>",
        )
    ]  # fmt: skip
    assert [first, *places] == sorted([first, *places])
    assert "Holm" in html
    assert "Welch" not in html


def test_a_comparison_that_was_killed_is_continued_to_the_same_records(made, tmp_path, capsys):
    """One run has lost its end, one has not begun: what the first call of another seed had left."""
    shutil.copytree(made, tmp_path / "c")
    lost, gone = tmp_path / "c" / "fixmatch-seed1", tmp_path / "c" / "supervised-seed1"
    shutil.rmtree(gone)
    for name in ("results.json", "model.safetensors", "report.html"):
        (lost / name).unlink()
    (tmp_path / "c" / "report.html").unlink()
    assert compare(tmp_path / "c") == 0
    printed = capsys.readouterr().out
    assert printed.count(", kept") == 4
    for name in (lost.name, gone.name):
        assert comparable(tmp_path / "c" / name) == comparable(made / name)
        weights = [(folder / name / "model.safetensors").read_bytes() for folder in (made, tmp_path / "c")]
        assert weights[0] == weights[1]
    assert (tmp_path / "c" / "report.html").exists()


def test_steps_and_costs_are_told_without_training(made, tmp_path, capsys):
    before = sorted(path for path in tmp_path.rglob("*"))
    assert compare(tmp_path / "c", "--dry-run", "--rows", "fixmatch", "supervised") == 0
    printed = capsys.readouterr().out
    assert "supervised 22 (1 epoch of 22); cut-mixmo-members-3 44 (1 epoch of 44); fixmatch 24" in printed
    lines = [line.split() for line in printed.splitlines()]
    assert ["fixmatch", "2", "0", "44"] in lines  # runs, kept, steps
    assert ["supervised", "2", "0", "44"] in lines
    assert "\ncut-mixmo-members-3" not in printed
    assert sorted(tmp_path.rglob("*")) == before


def test_options_of_a_file_yield_to_those_beside_it(made, tmp_path, capsys):
    (tmp_path / "options.yaml").write_text("image_size: 8\nepochs: 3\nlabels: 40\n")
    words = ["--options", tmp_path / "options.yaml", "--network", "wrn-10-1", "--device", "cpu", "--epochs", 1]
    assert contentmix("compare", *METHODS, *words, "--seeds", 1, "--out", made, "--rows", "supervised") == 0
    assert ", kept" in capsys.readouterr().out
    assert contentmix("compare", *METHODS, *words[:-2], "--seeds", 1, "--out", made) == 2
    assert "was made with epochs 1, the comparison asks for 3: choose another --out" in one_line(capsys)


def test_a_row_that_fails_is_told_of_at_the_end(tmp_path, capsys):
    words = [
        "supervised",
        "supervised:lr=1e30,warmup_epochs=0",
        *SHARED,
        "--epoch-steps",
        3,
        "--seeds",
        1,
        "--out",
        tmp_path,
    ]
    assert contentmix("compare", *words) == 1
    told = capsys.readouterr()
    assert "failed: supervised-lr-1e+30-warmup_epochs-0-seed0: the loss is" in told.out
    assert "supervised: not decided, not measured: top-1 % of supervised-lr-1e+30-warmup_epochs-0." in told.out
    assert told.err.strip().startswith("contentmix: 1 run of digits failed: the same command tries again")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["supervised"], "a comparison is of two methods or more"),
        (["supervised", "mixmo"], "unknown method 'mixmo'"),
        (["supervised", "supervised"], "supervised is given twice"),
        (["supervised", "mimo:member=3"], "unknown option 'member' of mimo"),
        (["supervised", "mimo", "--members", "3"], "--members"),
        (["supervised", "mimo", "--seed", "3"], "--seed"),
        (["supervised", "mimo", "--epochs", "none"], "epochs is 'none': it must be a whole number"),
        (["supervised", "mimo", "--seeds", "0"], "seeds"),
        (["supervised", "mimo", "--data", "digit"], "unknown data 'digit'; did you mean 'digits'"),
        (["supervised", "mimo", "--rows", "mima"], "unknown row of digits 'mima'; did you mean 'mimo'"),
        (["supervised", "mimo", "--address", "auto"], "--address is that of a Ray cluster: give --on ray"),
        (["supervised", "fixmatch"], "digits has no unlabelled images"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(words, message, capsys, tmp_path):
    assert contentmix("compare", *words, "--out", tmp_path / "c") == 2
    assert message in one_line(capsys)
    assert not (tmp_path / "c").exists()
