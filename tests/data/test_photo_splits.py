"""Folders of photos: on which side of the split each is."""

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from contentmix.data import hold_out, load_data
from contentmix.data.photo_sets import Photo, assigned
from contentmix.data.splits import held_by_name
from contentmix.errors import DataError, UsageError
from tests.data.photo_files import make

pytestmark = pytest.mark.usefixtures("cache")
NAMES = [f"cats/{i:04d}.jpg" for i in range(2000)]


def names(source):
    return {split: set(getattr(source, split).names) for split in ("train", "test")}


def held(some, purpose="test", seed=0):
    return {name for name, out in zip(some, held_by_name(some, 0.2, seed, purpose), strict=True) if out}


def test_a_photo_is_held_out_by_its_own_name_whatever_stands_beside_it():
    every = held(NAMES)
    for some in (NAMES[::2], NAMES[500:600], NAMES[::-1], [*NAMES, "cats/new.jpg"]):
        assert held(some) - {"cats/new.jpg"} == every & set(some)
    # Binomial of 2000 and 0.2: 400, deviation 18.
    assert 400 - 4 * 18 < len(every) < 400 + 4 * 18


def test_splits_for_other_purposes_and_seeds_are_independent():
    # Of 400 photos held out for one purpose a fifth, 80 with a deviation of 8, is for another.
    for other in (held(NAMES, "validation"), held(NAMES, seed=1)):
        assert 80 - 4 * 8 < len(held(NAMES) & other) < 80 + 4 * 8


def test_each_side_has_a_photo_and_letters_may_be_composed_or_not():
    for first in range(200):
        pair = [f"{first}.png", f"{first + 1}.png"]
        assert sum(held_by_name(pair, 0.2, 0, "test")) == sum(held_by_name(pair, 0.9, 0, "test")) == 1
    accents = [f"é{i}.png" for i in range(50)]
    decomposed = [unicodedata.normalize("NFD", name) for name in accents]
    assert held_by_name(accents, 0.2, 0, "test") == held_by_name(decomposed, 0.2, 0, "test")
    with pytest.raises(DataError, match=r"image alone.png is alone in its class"):
        held_by_name(["alone.png"], 0.2, 0, "test")
    with pytest.raises(UsageError, match="share is 1"):
        held_by_name(accents, 1, 0, "test")


def test_photos_are_gone_through_once_however_many_classes_there_are():
    class Counted(list):
        passes = 0

        def __iter__(self):
            self.passes += 1
            return super().__iter__()

    photos = Counted(Photo(Path(f"{i}"), f"{i}", i // 2) for i in range(20))
    sets = assigned({"all": photos, "unlabelled": []}, "abcdefghij", Path())
    assert [[photo.label for photo in sets[split]] for split in ("train", "test")] == [list(range(10))] * 2
    assert photos.passes == 1


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("size", [8, 72])
def test_photos_that_come_or_go_move_no_other(tmp_path, size):
    folder = make(tmp_path / "photos", count=40)
    before = names(load_data(str(folder), image_size=size))
    Image.new("RGB", (9, 9)).save(folder / "a" / "another.png")
    (folder / "b" / "7.png").unlink()
    after = names(load_data(str(folder), image_size=size))
    changed = {"a/another.png", "b/7.png"}
    assert {split: found - changed for split, found in after.items()} == {
        split: found - changed for split, found in before.items()
    }


def test_the_validation_set_is_held_out_by_names_too(tmp_path):
    folder = make(tmp_path / "photos", count=40)
    held = hold_out(load_data(str(folder), image_size=8), 0.25, 3)
    Image.new("RGB", (9, 9)).save(folder / "a" / "another.png")
    again = hold_out(load_data(str(folder), image_size=8), 0.25, 3)
    assert set(again.validation.names) - {"a/another.png"} == set(held.validation.names)
    assert not set(held.train.names) & set(held.validation.names)
    assert hold_out(held, 0.25, 3) is held


def test_a_class_of_one_training_image_keeps_it_and_a_set_of_such_classes_selects_nothing(tmp_path):
    make(tmp_path / "d", classes=("a",), count=20)
    make(tmp_path / "d", classes=("b", "c"), count=2)  # one of each is for the test set
    source = load_data(str(tmp_path / "d"), image_size=8)
    arrays = replace(source, train=replace(source.train, names=None))
    for each in (hold_out(source, 0.25, 0), hold_out(arrays, 0.25, 0)):
        assert each.train.labels.bincount().tolist()[1:] == [1, 1]
        assert set(each.validation.labels.tolist()) == {0}
    pairs = load_data(str(make(tmp_path / "pairs", count=2)), image_size=8)
    with pytest.raises(DataError, match=r"no class of pairs has two training images.* --select last"):
        hold_out(pairs, 0.25, 0)


@pytest.mark.parametrize(
    ("train", "test"),
    [("train", "valid"), ("Train", "Test"), ("train", "validation"), ("training", "testing"), ("TRAIN", "VAL")],
)
def test_splits_by_any_of_their_names(tmp_path, train, test):
    make(tmp_path / "d" / train, count=5)
    make(tmp_path / "d" / test, count=3)
    source = load_data(str(tmp_path / "d"), image_size=8)
    assert (source.classes, len(source.train), len(source.test)) == (("a", "b"), 10, 6)
    assert source.validation is None


def test_epochs_are_selected_on_val_where_there_is_a_test_set_too(tmp_path):
    for split, count in (("train", 5), ("val", 2), ("test", 3)):
        make(tmp_path / "d" / split, count=count)
    source = load_data(str(tmp_path / "d"), image_size=8)
    assert [len(each) for each in (source.train, source.validation, source.test)] == [10, 4, 6]
    assert hold_out(source, 0.5, 0) is source


def test_a_lone_train_folder_is_split_and_a_lone_test_folder_cannot_be_learnt_from(tmp_path):
    make(tmp_path / "one" / "train", count=20)
    source = load_data(str(tmp_path / "one"), image_size=8)
    assert len(source.train) + len(source.test) == 40
    make(tmp_path / "other" / "test")
    with pytest.raises(DataError, match="has test images, and none to train on: add a folder train"):
        load_data(str(tmp_path / "other"), image_size=8)


def test_classes_may_be_named_like_splits_but_what_looks_like_splits_is_an_error(tmp_path):
    vehicles = make(tmp_path / "vehicles", ("bus", "car", "train"))
    assert load_data(str(vehicles), image_size=8).classes == ("bus", "car", "train")
    for odd in (("train", "holdout"), ("train2017", "val2017"), ("train", "test", "extra"), ("train_set", "b")):
        folder = tmp_path / "-".join(odd)
        for each in odd:
            make(folder / each)
        with pytest.raises(DataError, match=r"looks like a split, but .*splits are train \(or training\)"):
            load_data(str(folder), image_size=8)
    make(tmp_path / "twice" / "train"), make(tmp_path / "twice" / "val"), make(tmp_path / "twice" / "valid")
    with pytest.raises(DataError, match="both named as the validation split"):
        load_data(str(tmp_path / "twice"), image_size=8)


@pytest.mark.parametrize(
    "odd",
    [
        ("trainset", "testset"),
        ("images_train", "images_test"),
        ("X_train", "X_test"),
        ("XTrain", "XTest"),
        ("2024_train", "2024_test"),
        ("my-train", "my-test"),
        ("trn", "tst"),
        ("X_tr", "X_te"),
        ("fold1", "fold2"),
        ("split1", "split2"),
    ],
)
def test_splits_are_known_by_the_words_of_their_names(tmp_path, odd):
    for each in odd:
        make(tmp_path / each, count=2)
    with pytest.raises(DataError, match=rf"{sorted(odd)[0]} looks like a split, but .* has folders"):
        load_data(str(tmp_path), image_size=8)


def test_a_file_beside_their_folders_makes_splits_no_classes(tmp_path):
    for each in ("train", "dev"):
        make(tmp_path / each, count=2)
        (tmp_path / each / "labels.csv").write_text("0.png,a")
    with pytest.raises(DataError, match="dev looks like a split"):
        load_data(str(tmp_path), image_size=8)
