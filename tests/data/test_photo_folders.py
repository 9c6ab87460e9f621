"""Folders of photos: which files are read, as what, and on which side of the split."""

import json
import logging
import unicodedata
from dataclasses import replace

import pytest
import torch
from PIL import Image

from contentmix.data import Reading, files_in, hold_out, load_data, read_split, split_of, write_split
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


@pytest.mark.parametrize(
    "classes",
    [("cats", "dogs"), ("freight-train", "steam-train", "bus"), ("détest", "contest"), ("split_leaf", "te_aro")],
)
def test_classes_may_share_the_names_of_their_subfolders(tmp_path, classes):
    for each in classes:
        make(tmp_path / each, ("2023", "2024"), count=3)
    assert load_data(str(tmp_path), image_size=8).classes == tuple(sorted(classes))


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("a/up", ".."),
        ("again", "."),
        ("above", "../.."),
        ("a/x", "../b"),
        ("b/deep/x", "../../a/deep"),
        ("c", "a/deep"),
        ("a/one.png", "../b/0.png"),
        ("unlabeled", "b"),
    ],
)
def test_what_lies_in_the_folder_is_read_in_its_own_place(tmp_path, link, target):
    folder = make(tmp_path / "photos", count=5)
    for label in "ab":
        make(folder / label, ("deep",), count=2)
    (folder / link).symlink_to(target)
    source = load_data(str(folder), image_size=8)
    assert (source.classes, source.unlabelled) == (("a", "b"), None)
    found = {*source.train.names, *source.test.names}
    assert found == {
        f"{label}/{name}" for label in "ab" for name in (*(f"{i}.png" for i in range(5)), "deep/0.png", "deep/1.png")
    }


def test_links_to_what_is_hidden_in_the_folder_are_followed(tmp_path):
    make(tmp_path / "photos" / ".store", ("a", "b"), count=5)
    (tmp_path / "photos" / "a").symlink_to(".store/a")
    (tmp_path / "photos" / "b").mkdir()
    for i in range(5):
        (tmp_path / "photos" / "b" / f"{i}.png").symlink_to(f"../.store/b/{i}.png")
    source = load_data(str(tmp_path / "photos"), image_size=8)
    assert len(source.train) + len(source.test) == 10


def test_outside_folders_are_read_once_overall(tmp_path):
    folder = make(tmp_path / "photos", count=5)
    make(tmp_path / "elsewhere", ("more",), count=3)
    for label in "ab":
        (folder / label / "more").symlink_to(tmp_path / "elsewhere" / "more")
    source = load_data(str(folder), image_size=8)
    more = {name for name in (*source.train.names, *source.test.names) if "more" in name}
    assert more == {f"a/more/{i}.png" for i in range(3)}


@pytest.mark.parametrize("target", ["photos/a", "elsewhere"])
def test_one_folder_is_not_two_classes(tmp_path, target):
    folder = make(tmp_path / "photos")
    make(tmp_path, ("elsewhere",))
    for name in ("c", "d"):
        (folder / name).symlink_to(tmp_path / target)
    first = folder / ("a" if target == "photos/a" else "c")
    with pytest.raises(DataError, match=rf"{folder / '[cd]'} is a link to the same folder as {first}: remove one"):
        load_data(str(folder), image_size=8)


@pytest.mark.parametrize("link", ["test", "test/a", "test/a/more", "test/a/one.png", "val/a"])
def test_no_photo_is_in_two_splits(tmp_path, link):
    folder = tmp_path / "d"
    place = folder / link
    target = folder / "train" / place.relative_to(folder / place.relative_to(folder).parts[0])
    make(folder / "train", count=3), make(folder / "train" / "a", ("more",), count=3)
    Image.new("RGB", (9, 9)).save(folder / "train" / "a" / "one.png")
    if link != "test":
        make(folder / "test", ("a", "b") if link not in ("test/a",) else ("b",))
    if link == "val/a":
        make(folder / "val", ("b",))
    place.symlink_to(target)
    count = {"test": "10 images", "test/a": "7 images", "val/a": "7 images", "test/a/more": "3 images"}
    with pytest.raises(
        DataError,
        match=rf"{count.get(link, '1 image')} of .* in two of its splits, .*train/.* and {link.partition('/')[0]}/.*: ",
    ):
        load_data(str(folder), image_size=8)


def test_what_systems_leave_is_not_read(tmp_path):
    folder = make(tmp_path / "photos", count=4)
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store"):
        (folder / "a" / name).write_text("no image")
        (folder / name).write_text("no image")
    (folder / "__MACOSX" / "a").mkdir(parents=True)
    (folder / "__MACOSX" / "a" / "x.png").write_text("no image")
    assert load_data(str(folder), image_size=8).classes == ("a", "b")


def test_images_beside_the_class_folders_are_counted(tmp_path, caplog):
    folder = make(tmp_path / "photos", count=4)
    (folder / "notes.txt").write_text("hello")
    load_data(str(folder), image_size=8)
    assert not caplog.text
    for i in range(3):
        Image.new("RGB", (9, 9)).save(folder / f"{i}.png")
    load_data(str(folder), image_size=8)
    assert caplog.text.count(f"3 images directly in {folder} have no class and are not used") == 1


def test_hidden_files_and_folders_are_not_read_at_any_depth(tmp_path):
    folder = make(tmp_path / ".hidden" / "photos", count=4)
    before = files_in(folder / "a")
    assert len(before) == 4  # what lies above the folder may be hidden
    for place in (".thumbnails", "deep/.cache/more"):
        (folder / "a" / place).mkdir(parents=True)
        (folder / "a" / place / "x.png").write_text("no image")
    (folder / "a" / "deep" / ".DS_Store").write_text("no image")
    (folder / ".git" / "b").mkdir(parents=True)
    assert files_in(folder / "a") == before
    assert load_data(str(folder), image_size=8).classes == ("a", "b")


def test_linked_folders_are_followed_once(tmp_path):
    folder = make(tmp_path / "photos")
    make(tmp_path / "elsewhere", ("more",), count=3)
    (folder / "a" / "linked").symlink_to(tmp_path / "elsewhere" / "more")
    (folder / "a" / "linked-again").symlink_to(tmp_path / "elsewhere" / "more")
    (folder / "a" / "loop").symlink_to(folder / "a")
    (folder / "a" / "broken").symlink_to(tmp_path / "nowhere")
    found = [path.relative_to(folder / "a").as_posix() for path in files_in(folder / "a")]
    assert found == [*(f"{i}.png" for i in range(6)), *(f"linked/{i}.png" for i in range(3))]


def test_a_run_folder_is_no_data(tmp_path, monkeypatch):
    folder = make(tmp_path / "photos")
    for run in (folder / "runs" / "first", folder / "a" / "second"):
        run.mkdir(parents=True)
        described = "# method: an object\n# data: of one's own\n" if run.name == "second" else ""
        (run / "config.yaml").write_text(f"{described}method: supervised\n")
        (run / "model.safetensors").write_text("weights")
    monkeypatch.chdir(folder)
    source = load_data(".", image_size=8)
    assert (source.name, source.classes, len(source.train) + len(source.test)) == ("photos", ("a", "b"), 12)


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
