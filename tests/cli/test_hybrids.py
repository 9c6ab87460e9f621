"""Generators of hybrids by the command line: trained, drawn, measured, and learnt from."""

import csv
import json

import pytest
from PIL import Image

from contentmix.report import load_record
from contentmix.runs.demo import answer, pair_kind, pair_picture
from contentmix.runs.generators import load_generator
from contentmix.runs.hybrid_pictures import photo_grid
from contentmix.runs.model import load_model
from contentmix.subnetworks import MultiInputNetwork
from tests.cli.helpers import contentmix, one_line

DATA = ["--data", "digits-m", "--image-size", "16", "--labels", "40"]
FAST = ["--network", "wrn-10-1", "--no-progress", "--epochs", "2"]


def history(run):
    with open(run / "metrics.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generators") / "scimix"
    words = [
        *DATA,
        *FAST,
        "--batch-size",
        "8",
        "--unlabelled-batch",
        "120",
        "--warmup",
        "0",
        "--no-freeze-guide",
        "--out",
        folder,
    ]
    assert contentmix("train", "scimix-generator", *words) == 0
    return folder


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oracles") / "oracle"
    assert contentmix("train", "supervised", *DATA[:4], *FAST, "--out", folder) == 0
    return folder


def test_a_generator_is_a_run_like_any_other(generator):
    first, second = history(generator)
    assert {"loss_reconstruction", "loss_critic", "accepted", "copies", "critic_right"} <= set(first)
    assert "loss_hybrid_context" in second
    assert load_record(generator).train["images"] == 40
    assert contentmix("evaluate", generator) == 0


def test_the_page_in_the_browser_shows_its_hybrids_of_two_photos(generator, tmp_path):
    model = load_model(generator)
    for name, grey in (("a", 40), ("b", 200)):
        Image.new("RGB", (16, 16), (grey, 90, 90)).save(tmp_path / f"{name}.png")
    photos = [tmp_path / "a.png", tmp_path / "b.png"]
    assert pair_kind(model) == "hybrids"
    assert pair_picture(model, *photos, 0) == photo_grid(load_generator(generator), *photos)
    assert answer(model, photos[0]).words


def test_its_run_keeps_pictures_of_its_progress_and_the_report_shows_them(generator):
    kept = {path.name for path in (generator / "hybrids").iterdir()}
    assert kept == {"epoch-00001.png", "epoch-00002.png", "hybrids.png", "interpolation.png", "reconstructions.png"}
    page = (generator / "report.html").read_text()
    for name in ("hybrids", "interpolation", "reconstructions"):
        with Image.open(generator / "hybrids" / f"{name}.png") as picture:
            assert picture.width > 300
        assert f'alt="{name}"' in page


@pytest.mark.parametrize("draw", ["hybrids", "interpolation", "reconstructions"])
def test_what_it_makes_is_drawn(draw, generator, tmp_path):
    assert contentmix("hybrids", generator, "--draw", draw, "--columns", "4", "--out", tmp_path / "grid.png") == 0
    with Image.open(tmp_path / "grid.png") as picture:
        assert picture.width > 4 * 100


def test_two_photos_of_ones_own_make_hybrids(generator, tmp_path):
    for name, color in (("one.png", "red"), ("two.png", "blue")):
        Image.new("RGB", (40, 30), color).save(tmp_path / name)
    parents = ["--a", tmp_path / "one.png", "--b", tmp_path / "two.png"]
    assert contentmix("hybrids", generator, *parents, "--out", tmp_path / "pair.png") == 0
    assert (tmp_path / "pair.png").stat().st_size > 0
    assert contentmix("hybrids", generator, *parents[:2], "--out", tmp_path / "half.png") == 2


def test_hybrids_are_measured_by_an_oracle(generator, oracle, tmp_path, capsys):
    words = ["--oracle", oracle, "--json", tmp_path / "quality.json", "--out", tmp_path / "grid.png"]
    assert contentmix("hybrids", generator, *words) == 0
    found = json.loads((tmp_path / "quality.json").read_text())
    assert {"hybrids", "mixup", "fda", "perfect", "labelled", "content_in_context"} <= set(found)
    printed = capsys.readouterr().out
    assert all(kind in printed for kind in ("perfect", "labelled"))
    assert f"an error of {found['reconstruction_error']:.1f} %" in printed
    assert found["perfect"]["s_r"] == pytest.approx(65.6, abs=3)
    assert found["labelled"]["pairs"] == 400  # ten of each of the 40 labelled images
    assert found["labelled"]["given_to_context"] is None
    assert found["labelled"]["s_r_code"] is not None
    assert found["mixup"]["s_r"] == 0  # by design: the dominant image is the nearer
    assert found["hybrids"]["pairs"] > 250
    assert found["hybrids"]["background"] is not None
    assert found["hybrids"]["accepted"] is not None


def test_a_classifier_learns_from_its_hybrids(generator, tmp_path):
    words = [*DATA, *FAST, "--generator", generator, "--start", "0.5", "--stop", "1", "--batch-size", "16"]
    assert contentmix("train", "scimix", *words, "--out", tmp_path / "run") == 0
    first, second = history(tmp_path / "run")
    assert first["loss_hybrids"] == ""
    assert float(second["loss_hybrids"]) > 0
    assert contentmix("evaluate", tmp_path / "run") == 0


def test_hybrids_are_a_mix_of_any_method_with_one(generator, tmp_path, capsys):
    """Of Cut-MixMo's inputs, in place of pixel CutMix; once trained it predicts without the generator."""
    mix = ["--mix", "hybrids", "--generator", generator]
    words = ["cut-mixmo", *DATA[:4], *FAST[:-1], "1", *mix, "--batch-repetition", "1"]
    assert contentmix("train", *words, "--out", tmp_path / "run") == 0
    assert "mix: hybrids" in (tmp_path / "run" / "config.yaml").read_text()
    assert load_record(tmp_path / "run").evaluations[0].members == 2
    assert isinstance(load_model(tmp_path / "run").network, MultiInputNetwork)
    assert contentmix("export", tmp_path / "run", "--format", "torchscript", "--out", tmp_path / "run.pt") == 0
    capsys.readouterr()
    assert contentmix("hybrids", tmp_path / "run", "--out", tmp_path / "grid.png") == 2
    assert "draw them by 'contentmix hybrids GENERATOR'" in one_line(capsys)


def test_the_guide_is_a_start(generator, tmp_path):
    words = [
        *DATA,
        *FAST[:-1],
        "1",
        "--generator",
        generator,
        "--init",
        generator,
        "--lr",
        "1e-9",
        "--out",
        tmp_path / "run",
    ]
    assert contentmix("train", "scimix", *words) == 0
    again, guide = (load_record(run).evaluations[0].top1 for run in (tmp_path / "run", generator))
    assert again == pytest.approx(guide, abs=12)  # the guide's average, its statistics seen anew


def test_a_generator_begins_with_a_trained_guide(oracle, tmp_path, capsys):
    """The supervised oracle's weights fit a supervised guide, and not Mean Teacher's two heads."""
    words = [
        *DATA[:4],
        *FAST[:-1],
        "1",
        "--init",
        oracle,
        "--lr",
        "1e-9",
        "--batch-size",
        "120",
    ]
    assert contentmix("train", "scimix-generator", *words, "--guide", "supervised", "--out", tmp_path / "run") == 0
    mine, first = (load_record(run).evaluations[0].top1 for run in (tmp_path / "run", oracle))
    assert mine == pytest.approx(first, abs=12)
    capsys.readouterr()
    assert contentmix("train", "scimix-generator", *words, "--labels", "40", "--out", tmp_path / "other") == 2
    assert "whose weights do not fit" in one_line(capsys)
    words[words.index("16")] = "32"
    assert contentmix("train", "supervised", *words, "--out", tmp_path / "other") == 2
    assert "differ in image_size" in one_line(capsys)


def test_mixtures_need_no_generator(tmp_path):
    words = [*DATA, *FAST, "--hybrids", "cutmix", "--base", "fixmatch", "--start", "0", "--stop", "1"]
    assert contentmix("train", "scimix", *words, "--unlabelled-batch", "96", "--out", tmp_path / "run") == 0
    assert float(history(tmp_path / "run")[0]["loss_hybrids"]) > 0


def test_samosa_trains_in_cycles_and_makes_hybrids(tmp_path):
    words = [*DATA, *FAST[:-1], "1", "--cycles", "2", "--copies", "2", "--start", "0", "--stop", "1"]
    assert contentmix("train", "samosa", *words, "--out", tmp_path / "run") == 0
    rows = history(tmp_path / "run")
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert {"loss_reconstruction", "loss_regularisation"} <= set(rows[0])
    assert rows[0]["kept"] == ""
    assert load_record(tmp_path / "run").train["hybrids_kept"] == [float(rows[1]["kept"])]
    assert contentmix("hybrids", tmp_path / "run", "--columns", "3", "--out", tmp_path / "grid.png") == 0
    labels = load_generator(tmp_path / "run").run.inputs.classes
    assert len(labels) == 10


def test_adain_is_a_generator_too(oracle, tmp_path):
    words = [*DATA[:4], *FAST[:-1], "1", "--init", oracle, "--out", tmp_path / "run"]
    assert contentmix("train", "adain", *words) == 0
    assert {"loss_content", "loss_style", "loss_reconstruction"} <= set(history(tmp_path / "run")[0])
    measured = ["--oracle", oracle, "--json", tmp_path / "quality.json", "--out", tmp_path / "grid.png"]
    assert contentmix("hybrids", tmp_path / "run", *measured) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["scimix", *DATA], "scimix learns from a generator's hybrids"),
        (
            ["scimix", *DATA, "--hybrids", "mixup", "--generator", "GENERATOR"],
            "generator is an option of hybrids generator: leave it out with hybrids mixup",
        ),
        (["scimix", "--data", "digits-m", "--labels", "40", "--generator", "GENERATOR"], "image_size 16"),
        (["scimix", "--data", "digits", "--labels", "40", "--generator", "GENERATOR"], "trained with channels 3"),
        (
            ["scimix", *DATA, "--generator", "GENERATOR", "--threshold", "0.9"],
            "threshold is an option of base fixmatch",
        ),
        (
            ["scimix", *DATA, "--hybrids", "mixup", "--alpha", "0.8"],
            "alpha is an option of hybrids generator: leave it out with hybrids mixup",
        ),
        (["scimix", *DATA, "--generator", "GENERATOR", "--start", "0.1"], "start and stop are the ends"),
        (["cut-mixmo", *DATA[:4], "--mix", "hybrids", "--generator", "missing"], "missing is not a run folder"),
        (["supervised", "--data", "digits-m", "--mix", "hybrids", "--generator", "GENERATOR"], "image_size 16"),
        (["scimix", *DATA, "--generator", "missing"], "missing is not a run folder"),
        (["scimix-generator", *DATA, "--network", "preactresnet18-1"], "choose wrn-D-W"),
        (["scimix-generator", *DATA, "--batch-size", "1"], "choose 2 or more"),
        (["scimix-generator", *DATA[:2], "--image-size", "20", "--labels", "40"], "choose a multiple of 16"),
        (
            ["scimix-generator", *DATA, "--warmup", "0"],
            "the frozen guide learns nothing: give it a warmup, or the init",
        ),
        (["scimix-generator", *DATA, "--warmup", "1"], "it must leave a share to the generator"),
        (["adain", *DATA[:4], "--unlabelled-batch", "8"], "an option of base mean-teacher"),
        (["samosa", *DATA, "--prob", "0.5"], "prob is an option of base mixmatch"),
        (["samosa", *DATA, "--base", "mixmatch", "--cycles", "2"], "choose 1"),
        (["samosa", *DATA, "--cycles", "1", "--copies", "5"], "copies is an option of training in several cycles"),
        (["samosa", *DATA, "--cycles", "1", "--start", "0", "--stop", "1"], "options of mixmatch or of several cycles"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(words, message, generator, tmp_path, capsys):
    words = [generator if word == "GENERATOR" else word for word in words]
    assert contentmix("train", *words, "--no-progress", "--out", tmp_path / "run") in (1, 2)
    assert message in one_line(capsys)
    assert not (tmp_path / "run").exists()


def test_an_unfinished_generator_is_named(generator, tmp_path, capsys):
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    (unfinished / "config.yaml").write_bytes((generator / "config.yaml").read_bytes())
    words = [*DATA, "--generator", unfinished, "--no-progress", "--out", tmp_path / "run"]
    assert contentmix("train", "scimix", *words) == 1
    assert "has not finished" in one_line(capsys)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ORACLE", "--draw", "interpolation"], "not a run that trained a generator"),
        (["GENERATOR", "--json", "quality.json"], "--json is for what --oracle measures"),
        (["mixup"], "neither a method nor a run folder"),
    ],
)
def test_what_cannot_be_drawn_is_said(words, message, generator, oracle, tmp_path, capsys):
    names = {"GENERATOR": generator, "ORACLE": oracle}
    out = tmp_path / "grid.png"
    assert contentmix("hybrids", *(names.get(word, word) for word in words), "--out", out) == 2
    assert message in one_line(capsys)
    assert not out.exists()
