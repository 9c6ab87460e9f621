"""Lists of the photos of a run: what came, what is gone, and what is scored."""

import json
import logging
from dataclasses import replace

import pytest
import torch
from PIL import Image

from contentmix.data import Reading, files_in, hold_out, load_data, read_split, split_of, write_split
from contentmix.errors import DataError
from tests.data.photo_files import make

pytestmark = pytest.mark.usefixtures("cache")


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("size", [8, 72])
def test_kept_lists_are_read_again_in_their_order_with_their_statistics(tmp_path, size, caplog):
    folder = make(tmp_path / "photos", count=20)
    source = hold_out(load_data(str(folder), image_size=size), 0.2, 0)
    write_split(split_of(source), tmp_path)
    kept = read_split(tmp_path)
    assert kept == split_of(source)
    make(folder, ("0-new-class",), count=3)
    Image.new("RGB", (9, 9)).save(folder / "a" / "another.png")
    with caplog.at_level(logging.WARNING):
        again = load_data(str(folder), image_size=size, reading=Reading(kept=kept))
    assert split_of(again) == kept
    for split in ("train", "validation", "test"):
        assert torch.equal(getattr(again, split).labels, getattr(source, split).labels)
    assert "1 image in" in caplog.text
    assert "new since the run began: not used (a/another.png)" in caplog.text


def test_photos_of_kept_lists_that_are_gone(tmp_path, caplog):
    folder = make(tmp_path / "photos", count=20)
    kept = split_of(load_data(str(folder), image_size=8))
    gone = kept.test[0]
    (folder / gone).unlink()
    with caplog.at_level(logging.WARNING):
        tested = load_data(str(folder), image_size=8, reading=Reading(kept=kept, as_test=True))
    assert tested.test.names == kept.test[1:]
    assert f"gone: not scored ({gone})" in caplog.text
    (folder / kept.train[3]).unlink()
    with pytest.raises(DataError, match=f"1 image that the run learns from is gone from .*{kept.train[3]}.*--data"):
        load_data(str(folder), image_size=8, reading=Reading(kept=kept))


def spoil(folder, *names):
    for name in names:
        (folder / name).write_text("no image")


def test_what_was_left_out_at_the_beginning_is_not_new(tmp_path, caplog):
    folder = make(tmp_path / "photos", count=20)
    spoil(folder, "a/3.png", "b/notes.txt")
    write_split(split_of(load_data(str(folder), image_size=8, reading=Reading(skip_broken=True))), tmp_path)
    kept = read_split(tmp_path)
    assert set(kept.left_out) == {"a/3.png", "b/notes.txt"}
    caplog.clear()
    for scored in (True, False):
        again = load_data(str(folder), image_size=8, reading=Reading(kept=kept, as_test=scored))
    assert split_of(again) == kept
    assert "new since" not in caplog.text
    older = json.loads((tmp_path / "split.json").read_text())
    del older["left_out"]
    (tmp_path / "split.json").write_text(json.dumps(older))
    assert read_split(tmp_path) == replace(kept, left_out=())


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("size", [8, 72])
@pytest.mark.parametrize("which", ["train", "validation"])
def test_training_does_not_go_on_without_a_photo_that_has_become_broken(tmp_path, size, which):
    folder = make(tmp_path / "photos", count=20)
    kept = split_of(hold_out(load_data(str(folder), image_size=size), 0.2, 0))
    spoil(folder, kept.test[0], name := getattr(kept, which)[1])
    with pytest.raises(
        DataError, match=f"1 image that the run learns from in {folder} cannot be read any more: {name}: "
    ):
        load_data(str(folder), image_size=size, reading=Reading(kept=kept, skip_broken=True))
    scored = load_data(str(folder), image_size=size, reading=Reading(kept=kept, skip_broken=True, as_test=True))
    assert scored.test.names == kept.test[1:]


@pytest.mark.parametrize("broken", [1, 2])
def test_leaving_out_is_named_only_where_it_can_be_chosen(tmp_path, broken):
    folder = make(tmp_path / "photos", count=5)
    spoil(folder, *("a/1.png", "b/2.png")[:broken])
    for may_skip in (True, False):
        with pytest.raises(DataError) as error:
            load_data(str(folder), image_size=8, reading=Reading(may_skip=may_skip))
        assert ("--skip-broken" in str(error.value)) is may_skip


def test_some_classes_of_a_run_are_scored_and_unknown_ones_are_not_its(tmp_path, caplog):
    make(tmp_path / "one", ("b",), count=3)
    make(tmp_path / "odd", ("b", "z"), count=3)
    reading = Reading(as_test=True, classes=("a", "b", "c"))
    source = load_data(str(tmp_path / "one"), image_size=8, reading=reading)
    assert (source.classes, source.test.labels.tolist()) == (("a", "b", "c"), [1, 1, 1])
    assert "no image of a, c to score: figures are of the other classes" in caplog.text
    assert load_data(str(tmp_path / "odd"), image_size=8, reading=reading).classes == ("b", "z")
    for which, classes in (("train", "abc"), ("test", "b")):
        make(tmp_path / "splits" / which, tuple(classes), count=2)
    assert len(load_data(str(tmp_path / "splits"), image_size=8, reading=reading).test) == 2
    with pytest.raises(DataError, match="has 1 class folder: it needs one folder of images for each of 2 classes"):
        load_data(str(tmp_path / "one"), image_size=8)


def test_where_all_was_learnt_from_nothing_is_left_to_score(tmp_path, caplog):
    folder = make(tmp_path / "photos", count=3)
    learnt = frozenset(path.resolve() for path in files_in(folder))
    with pytest.raises(DataError, match=f"all 6 images in {folder} were learnt from or selected on, .*--data"):
        load_data(str(folder), image_size=8, reading=Reading(as_test=True, avoid=learnt))
    some = frozenset(path for path in learnt if path.parent.name == "a")
    source = load_data(str(folder), image_size=8, reading=Reading(as_test=True, avoid=some))
    assert source.test.labels.tolist() == [1, 1, 1]
    assert "3 of 6 images" in caplog.text


def test_damaged_lists_are_named(tmp_path):
    for text in ("{", "[]", '{"train": 3}', '{"classes": []}'):
        (tmp_path / "split.json").write_text(text)
        with pytest.raises(DataError, match="lists of photos .*split.json are damaged"):
            read_split(tmp_path)
