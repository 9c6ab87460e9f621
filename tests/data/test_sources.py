"""Data sets, and what happens with bad ones."""

import logging
import shutil

import pytest
import torch
from PIL import Image

from contentmix.data import (
    ArraySet,
    BatchPlan,
    Place,
    StreamEvalLoader,
    StreamLoader,
    array_source,
    load_data,
    stratified_split,
)
from contentmix.errors import DataError, UsageError


@pytest.fixture
def photos(tmp_path, cache):
    """Two classes of six RGB photos."""
    for name, colour in (("cat", (200, 30, 30)), ("dog", (30, 30, 200))):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(6):
            Image.new("RGB", (40 + i, 30), colour).save(tmp_path / "photos" / name / f"{i}.png")
    return tmp_path / "photos"


@pytest.mark.parametrize(("name", "channels", "size"), [("digits", 1, 16), ("digits-m", 3, 32)])
def test_embedded_sets(name, channels, size):
    data = load_data(name)
    assert data.train.images.shape == (1438, channels, size, size)
    assert len(data.test) == 359
    assert len(data.classes) == 10
    pixels = data.train.images.double() / 255
    torch.testing.assert_close(torch.tensor(data.mean).double(), pixels.mean((0, 2, 3)), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(torch.tensor(data.std).double(), pixels.std((0, 2, 3)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("name", "size"), [("digits", 24), ("digits-m", 16)])
def test_embedded_sets_come_in_other_sizes(name, size):
    data = load_data(name, image_size=size)
    assert (data.image_size, data.shift_px) == (size, size // 8)
    assert data.train.images.shape[-2:] == (size, size)
    with pytest.raises(UsageError, match="image_size is 4: choose 8 pixels or more"):
        load_data(name, image_size=4)


def test_digits_on_photos_keep_their_masks():
    data = load_data("digits-m")
    masks = data.train.masks
    assert masks.shape == (1438, 32, 32)
    assert 0.1 < masks.float().mean() < 0.5
    assert data.train[torch.tensor([3, 1])].masks.shape == (2, 32, 32)


def test_splits_keep_classes_and_are_keyed():
    labels = torch.arange(100) % 5
    stay, held = stratified_split(labels, 0.2, 0, "validation")
    assert sorted([*stay.tolist(), *held.tolist()]) == list(range(100))
    assert torch.bincount(labels[held]).tolist() == [4] * 5
    assert torch.equal(stratified_split(labels, 0.2, 0, "validation")[1], held)
    assert not torch.equal(stratified_split(labels, 0.2, 1, "validation")[1], held)
    assert torch.bincount(labels[stratified_split(labels, 0.001, 0, "validation")[1]]).tolist() == [1] * 5


def test_a_class_of_one_image_cannot_be_split():
    with pytest.raises(DataError, match="class number 2 has one image"):
        stratified_split(torch.tensor([0, 0, 1, 1, 2]), 0.5, 0, "validation")


def arrays(labels):
    return ArraySet(torch.zeros(len(labels), 1, 4, 4, dtype=torch.uint8), torch.tensor(labels))


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ([0, 1, 1], [0, 1], "training set of x has no image of c"),
        ([0, 1, 2], [0, 2], "test set of x has no image of b"),
        ([0, 1, 3], [0, 1, 2], "labels of the training set of x run from 0 to 3: with 3 classes"),
        ([0, 1, 2], [-1, 1, 2], "labels of the test set of x run from -1"),
    ],
)
def test_labels_and_classes_must_fit(train, test, message):
    with pytest.raises(DataError, match=message):
        array_source("x", "abc", arrays(train), arrays(test))


def test_class_folders_in_memory(photos):
    data = load_data(str(photos), image_size=16)
    assert data.classes == ("cat", "dog")
    assert data.train.images.shape == (len(data.train), 3, 16, 16)
    assert len(data.train) + len(data.test) == 12
    assert {*data.train.names, *data.test.names} == {f"{name}/{i}.png" for name in ("cat", "dog") for i in range(6)}
    assert data.train.images[0, 0].float().mean() > 150  # cats are red


def test_train_and_test_folders_are_taken_as_they_are(photos, tmp_path):
    for split in ("train", "val"):
        shutil.copytree(photos, tmp_path / "split" / split)
    data = load_data(str(tmp_path / "split"), image_size=8)
    assert len(data.train) == len(data.test) == 12


@pytest.mark.usefixtures("on_disk")
def test_large_photos_stream_through_workers_the_same_with_any_number_of_them(photos):
    data = load_data(str(photos), image_size=80)
    plan = BatchPlan(4, members=2, repetition=2, partner_prob=0.5)
    none, two = (list(StreamLoader(data.train, data, plan, 0, Place(), workers)) for workers in (0, 2))
    assert len(none) == len(data.train) * 2 // 4
    for mine, other in zip(none, two, strict=True):
        assert mine.images.shape == (4, 2, 3, 80, 80)
        assert torch.equal(mine.images, other.images)
        red = mine.images[:, :, 0].mean((-2, -1)) > mine.images[:, :, 2].mean((-2, -1))
        assert torch.equal(red, mine.labels == 0)
    evaluated = list(StreamEvalLoader(data.test, data, Place(), 0))
    assert torch.cat([batch.labels for batch in evaluated])[:, 0].tolist() == data.test.labels.tolist()


@pytest.mark.usefixtures("on_disk")
def test_a_stream_continues_in_the_middle_of_an_epoch(photos):
    data = load_data(str(photos), image_size=80)
    loader = StreamLoader(data.train, data, BatchPlan(2), 0, Place(), 0)
    whole = list(loader)
    loader.start_step = 3
    for batch, expected in zip(loader, whole[3:], strict=True):
        assert torch.equal(batch.images, expected.images)


def test_grey_and_transparent_photos_are_converted_and_said(photos, caplog):
    Image.new("L", (30, 30), 77).save(photos / "cat" / "grey.png")
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(photos / "cat" / "clear.png")
    with caplog.at_level(logging.WARNING):
        data = load_data(str(photos), image_size=8)
    assert "1 L, 1 RGBA of 14 images are converted to RGB, transparency to white" in caplog.text
    everything = torch.cat([data.train.images, data.test.images]).float().mean((2, 3))
    assert [77, 77, 77] in everything.tolist()
    assert [255, 255, 255] in everything.tolist()


def truncate(folder):
    path = folder / "cat" / "0.png"
    Image.effect_noise((300, 300), 50).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda p: (p / "cat" / "notes.txt").write_text("hello"),
            r"image .*notes.txt cannot be read \(it is no image\)",
        ),
        (truncate, r"image .*0.png cannot be read .*truncated"),
        (lambda p: (p / "empty").mkdir(), "class folder .*empty is empty: add images or remove it"),
        (lambda p: [f.unlink() for f in list((p / "dog").iterdir())[1:]], "class folder .*dog has one image"),
        (
            lambda p: [f.unlink() for f in (p / "dog").iterdir()] and (p / "dog").rmdir(),
            "has 1 class folder: it needs one folder",
        ),
    ],
)
def test_bad_folders_name_the_culprit_and_the_remedy(photos, spoil, message):
    spoil(photos)
    with pytest.raises(DataError, match=message):
        load_data(str(photos), image_size=8)


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize("workers", [0, 1])
def test_a_photo_damaged_since_is_named_in_one_line_when_a_stream_meets_it(photos, workers):
    data = load_data(str(photos), image_size=80)
    truncate(photos)
    loader = StreamLoader(data.train, data, BatchPlan(2), 0, Place(), workers)
    with pytest.raises(DataError, match=r"^image \S*0.png cannot be read [^\n]*$"):
        list(loader), list(StreamEvalLoader(data.test, data, Place(), 0))


def test_names_and_folders_that_do_not_exist():
    with pytest.raises(UsageError, match=r"unknown data 'digit'; did you mean 'digits'\? .*cifar100"):
        load_data("digit")
    with pytest.raises(UsageError, match="data folder ./nowhere does not exist"):
        load_data("./nowhere")


def test_the_catalogue_names_what_can_be_read():
    from contentmix.data import list_data
    from contentmix.data.benchmarks import BENCHMARKS
    from contentmix.data.embedded import EMBEDDED

    assert set(list_data()) == {*EMBEDDED, *BENCHMARKS, "FOLDER", "hf:NAME"}


def test_one_image_that_stands_for_all_goes_on_doing_so_where_some_are_taken():
    one = torch.arange(12, dtype=torch.uint8).reshape(3, 2, 2)
    every = ArraySet(one.expand(5, -1, -1, -1), torch.arange(5))
    for index in (torch.tensor([4, 1, 1]), torch.tensor([False, True, False, True, True])):
        some = every[index]
        assert some.labels.tolist() == torch.arange(5)[index].tolist()
        assert some.images.tolist() == [one.tolist()] * 3
        assert some.images.stride(0) == 0
