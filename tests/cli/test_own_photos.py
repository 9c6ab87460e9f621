"""Runs on folders of photos: each keeps its lists, finds its data again, and is never scored on what it learnt from."""

import json
import shutil

import pytest
import yaml
from PIL import Image

from contentmix.runs.source import read_test_data
from tests.cli.helpers import contentmix, fast, one_line
from tests.data.photo_files import make
from tests.networks.pretrained_weights import keep


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run of two epochs on a relative folder of 2 x 24 photos, and that folder."""
    place = tmp_path_factory.mktemp("own") / "t"
    make(place / "photos", count=24)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        words = ["--data", "photos", "--image-size", 16, *fast(epochs=2, batch_size=16), "--out", "run"]
        assert contentmix("train", "supervised", *words) == 0
    return place


@pytest.fixture
def place(trained, tmp_path):
    """A copy of both, one beside the other; the run knows the copied photos."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    point(tmp_path / "run", tmp_path / "photos")
    return tmp_path


def point(run, data):
    options = yaml.safe_load((run / "config.yaml").read_text())
    (run / "config.yaml").write_text(yaml.safe_dump({**options, "data": str(data)}, sort_keys=False))


def interrupt(run):
    """As if the run had stopped after its first epoch."""
    for name in ("results.json", "model.safetensors", "report.html"):
        (run / name).unlink()
    newest = sorted((run / "checkpoints").glob("step-*"))[-1]
    shutil.rmtree(newest) if newest.is_dir() else newest.unlink()


def split(run):
    return json.loads((run / "split.json").read_text())


def images(capsys, *words):
    """How many images ``evaluate`` scored."""
    target = words[0].parent / "figures.json"
    target.unlink(missing_ok=True)
    capsys.readouterr()
    assert contentmix("evaluate", *words, "--json", target) == 0
    return json.loads(target.read_text())["images"]


def test_a_run_keeps_the_lists_of_its_photos(place):
    kept = split(place / "run")
    every = [name for which in ("train", "validation", "test") for name in kept[which]]
    assert sorted(every) == sorted(f"{label}/{i}.png" for label in "ab" for i in range(24))
    assert kept["classes"] == ["a", "b"]
    assert kept["validation"]


def test_a_run_finds_its_data_from_elsewhere(trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert images(capsys, trained / "run") == len(split(trained / "run")["test"])


def test_photos_that_came_later_are_said_and_not_scored(place, capsys, caplog):
    Image.new("RGB", (9, 9)).save(place / "photos" / "a" / "late.png")
    assert images(capsys, place / "run") == len(split(place / "run")["test"])
    assert "new since the run began: not used (a/late.png)" in caplog.text


def test_all_photos_of_another_folder_are_scored(place, capsys):
    make(place / "new", count=5, size=12)
    assert images(capsys, place / "run", "--data", place / "new") == 10
    for which in ("train", "test"):
        make(place / "splits" / which, count=3, size=12)
    assert images(capsys, place / "run", "--data", place / "splits") == 6
    shutil.rmtree(place / "photos")  # names do not tell whose photos they are
    assert images(capsys, place / "run", "--data", place / "new") == 10


def test_what_was_learnt_from_is_never_scored(place, capsys, caplog):
    kept = split(place / "run")
    Image.new("RGB", (9, 9)).save(place / "photos" / "a" / "late.png")
    assert images(capsys, place / "run", "--data", place / "photos") == len(kept["test"]) + 1
    learnt = len(kept["train"]) + len(kept["validation"])
    assert (
        f"{learnt} of 49 images in {place / 'photos'} were learnt from or selected on: they are not scored"
        in caplog.text
    )
    # Nor what only another member of the ensemble has learnt from.
    shutil.copytree(place / "run", place / "other")
    moved = {**kept, "train": [*kept["train"], kept["test"][0]], "test": kept["test"][1:]}
    (place / "other" / "split.json").write_text(json.dumps(moved))
    assert images(capsys, place / "run", place / "other") == len(kept["test"]) - 1
    (place / "other" / "split.json").write_text(json.dumps({**kept, "train": kept["train"] + kept["test"]}))
    assert contentmix("evaluate", place / "run", place / "other") == 1
    assert "learnt from all photos of" in one_line(capsys)


def test_copies_of_what_was_learnt_from_are_not_scored_wherever_they_lie(place, capsys, caplog):
    kept = split(place / "run")
    shutil.copytree(place / "photos", place / "copy")
    (place / "copy" / kept["train"][0]).rename(place / "copy" / kept["train"][0].replace("/", "/renamed"))
    (place / "copy" / kept["test"][0]).unlink()
    assert images(capsys, place / "run", "--data", place / "copy") == len(kept["test"]) - 1
    assert "images in" in caplog.text
    assert "were learnt from or selected on: they are not scored" in caplog.text
    (place / "run" / "split.json").write_text(json.dumps({**kept, "digests": []}))
    assert images(capsys, place / "run", "--data", place / "copy") == 47
    assert "keeps no digests of its photos: copies of those that it learnt from may be scored" in caplog.text


def test_a_folder_that_has_moved_is_known_by_its_photos(place, capsys):
    (place / "photos").rename(place / "moved")
    assert contentmix("evaluate", place / "run") == 2
    assert f"data folder {place / 'photos'} does not exist" in one_line(capsys)
    assert images(capsys, place / "run", "--data", place / "moved") == len(split(place / "run")["test"])


def test_a_run_goes_on_with_the_photos_that_it_began_with(place, trained, capsys):
    interrupt(place / "run")
    (place / "photos").rename(place / "moved")
    for i in range(5):
        Image.new("RGB", (9, 9)).save(place / "moved" / "b" / f"late{i}.png")
    assert contentmix("resume", place / "run", "--data", place / "moved") == 0
    assert split(place / "run") == split(trained / "run")
    for name in ("metrics.csv", "model.safetensors", "predictions.safetensors"):
        assert (place / "run" / name).read_bytes() == (trained / "run" / name).read_bytes()
    assert yaml.safe_load((place / "run" / "config.yaml").read_text())["data"] == str(place / "moved")
    interrupt(place / "run")
    gone = split(place / "run")["train"][0]
    (place / "moved" / gone).unlink()
    capsys.readouterr()
    assert contentmix("resume", place / "run") == 1
    assert f"is gone from {place / 'moved'}: {gone}: put back" in one_line(capsys)


def test_labels_are_kept_by_name_too(tmp_path):
    make(tmp_path / "photos", count=20)
    words = ["--data", tmp_path / "photos", "--labels", 8, "--image-size", 16, *fast(epochs=1, batch_size=8)]
    assert contentmix("train", "supervised", *words, "--out", tmp_path / "run") == 0
    kept = split(tmp_path / "run")
    assert len(kept["train"]) == 8
    assert len(kept["train"]) + len(kept["unlabelled"]) + len(kept["test"]) == 40


def test_a_run_without_lists_says_so(place, caplog):
    from contentmix.runs.config import config_of

    (place / "run" / "split.json").unlink()
    read_test_data(config_of(place / "run").run, [place / "run"])
    assert "keeps no list of its photos: some that it learnt from may be scored" in caplog.text


def test_bad_photos_are_named_by_train_or_left_out(tmp_path, capsys):
    make(tmp_path / "photos", count=12)
    for name in ("a/3.png", "b/5.png"):
        (tmp_path / "photos" / name).write_text("no image")
    words = ["train", "supervised", "--data", tmp_path / "photos", "--image-size", 16, *fast(epochs=1, batch_size=8)]
    assert contentmix(*words, "--out", tmp_path / "run") == 1
    line = one_line(capsys)
    assert "2 of 24 images" in line
    assert "3.png" in line
    assert "5.png" in line
    assert contentmix(*words, "--skip-broken", "--out", tmp_path / "run") == 0
    kept = split(tmp_path / "run")
    assert not {"a/3.png", "b/5.png"} & {*kept["train"], *kept["validation"], *kept["test"]}


def test_weights_that_are_out_of_reach_are_told_before_a_photo_is_read(tmp_path, monkeypatch, capsys):
    keep(tmp_path, monkeypatch)
    make(tmp_path / "photos", count=12)
    (tmp_path / "photos" / "a" / "3.png").write_text("no image")
    words = ["train", "supervised", "--data", tmp_path / "photos", "--pretrained", "--out", tmp_path / "run"]
    assert contentmix(*words) == 2
    assert one_line(capsys).startswith("contentmix: the pretrained weights of resnet18 could not be had, offline?")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("method", "network", "more"),
    [
        ("mixvit", "timm/test_vit", ["--image-size", 32]),
        ("supervised", "timm/test_resnet", ["--freeze", "--image-size", 16]),
    ],
)
def test_pretrained_networks_are_tuned_on_photos(method, network, more, tmp_path, monkeypatch, capsys):
    keep(tmp_path, monkeypatch, network.partition("/")[2])
    make(tmp_path / "photos", count=12)
    words = ["--data", tmp_path / "photos", "--network", network, "--pretrained", "--epochs", 1, "--batch-size", 8]
    assert contentmix("train", method, *words, *more, "--out", tmp_path / "run") == 0
    said = capsys.readouterr().out
    if "--freeze" in more:
        assert "pretrained weights stay as they are: only heads learn" in said
    else:
        assert "heads learn alone for 0.1 epochs (--head-warmup-epochs), then each layer at 0.75 of the rate" in said
    assert contentmix("predict", tmp_path / "run", tmp_path / "photos" / "a" / "0.png") == 0


def test_broken_photos_are_left_out_of_what_is_evaluated_where_asked(place, capsys):
    make(place / "new", ("b",), count=5, size=12)
    (place / "new" / "b" / "3.png").write_text("no image")
    assert contentmix("evaluate", place / "run", "--data", place / "new") == 1
    assert "leave it out with --skip-broken" in one_line(capsys)
    assert images(capsys, place / "run", "--data", place / "new", "--skip-broken") == 4


def test_nothing_is_left_to_score_of_what_was_all_learnt_from(place, capsys):
    kept = split(place / "run")
    for name in kept["test"]:
        (place / "photos" / name).unlink()
    number = len(kept["train"]) + len(kept["validation"])
    assert contentmix("evaluate", place / "run", "--data", place / "photos") == 1
    assert f"all {number} images in {place / 'photos'} were learnt from or selected on" in one_line(capsys)


def test_a_run_does_not_go_on_without_a_photo_that_it_learns_from(place, capsys):
    interrupt(place / "run")
    name = split(place / "run")["train"][0]
    (place / "photos" / name).write_text("no image")
    assert contentmix("resume", place / "run") == 1
    line = one_line(capsys)
    assert name in line
    assert "--skip-broken" not in line


def test_a_share_to_validate_on_is_refused_where_the_folder_has_val(tmp_path, capsys):
    for which in ("train", "val", "test"):
        make(tmp_path / "photos" / which, count=4)
    words = ["train", "supervised", "--data", tmp_path / "photos", "--image-size", 16, *fast(epochs=1, batch_size=4)]
    assert contentmix(*words, "--validation", 0.3, "--out", tmp_path / "run") == 2
    assert "validation is 0.3, but photos has a validation set of its own" in one_line(capsys)
    assert not (tmp_path / "run").exists()
    assert contentmix(*words, "--out", tmp_path / "run") == 0
    assert len(split(tmp_path / "run")["validation"]) == 8
