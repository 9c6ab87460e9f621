"""Tensors, arrays and data sets of one's own become a source of images."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import TensorDataset

from contentmix.data import ArraySet, as_data, give_data, load_data
from contentmix.errors import DataError, UsageError

PIXELS = torch.randint(256, (20, 3, 8, 8), generator=torch.Generator().manual_seed(0)).byte()
LABELS = torch.arange(20) % 2


def test_a_fifth_of_every_class_is_the_test_set_and_nothing_is_lost():
    source = as_data((PIXELS, LABELS))
    assert (len(source.train), len(source.test)) == (16, 4)
    assert source.test.labels.bincount().tolist() == [2, 2]
    both = torch.cat([source.train.images, source.test.images]).flatten(1)
    assert sorted(both.tolist()) == sorted(PIXELS.flatten(1).tolist())


@pytest.mark.parametrize(
    "given",
    [
        (PIXELS.numpy(), LABELS.numpy()),
        (PIXELS.float() / 255, LABELS.int()),
        TensorDataset(PIXELS, LABELS),
        [
            (Image.fromarray(image.permute(1, 2, 0).numpy()), int(label))
            for image, label in zip(PIXELS, LABELS, strict=True)
        ],
        [(image.float() / 255, label) for image, label in zip(PIXELS, LABELS, strict=True)],
    ],
    ids=["arrays", "floats", "TensorDataset", "PIL", "ToTensor"],
)
def test_every_form_is_the_same_data(given):
    wanted, found = as_data((PIXELS, LABELS)), as_data(given)
    assert torch.equal(found.train.images, wanted.train.images)
    assert torch.equal(found.train.labels, wanted.train.labels)
    assert torch.equal(found.test.images, wanted.test.images)
    assert give_data(found) == give_data(wanted)


def test_grey_images_need_no_channel():
    assert as_data((PIXELS[:, 0], LABELS)).train.images.shape[1:] == (1, 8, 8)
    assert as_data([(Image.new("L", (9, 12)), i % 2) for i in range(4)]).image_size == 9


def test_larger_images_are_cropped_to_their_centre_and_scaled():
    wide = torch.zeros(4, 1, 8, 12, dtype=torch.uint8)
    wide[..., 2:10] = 200
    source = as_data((wide, torch.tensor([0, 1, 0, 1])), (wide, torch.tensor([0, 1, 0, 1])), image_size=4)
    assert torch.equal(source.train.images, torch.full((4, 1, 4, 4), 200, dtype=torch.uint8))


def test_names_of_classes_come_from_the_data_set():
    data = TensorDataset(PIXELS, LABELS)
    data.classes = ["cat", "dog"]
    assert as_data(data).classes == ("cat", "dog")
    assert as_data((PIXELS, LABELS)).classes == ("0", "1")


def test_images_without_labels_are_learnt_from():
    source = as_data((PIXELS, LABELS), unlabelled=PIXELS[:5])
    assert isinstance(source.unlabelled, ArraySet)
    assert source.unlabelled.labels.tolist() == [-1] * 5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((PIXELS.permute(0, 2, 3, 1), LABELS), r"\(20, 8, 8, 3\): they must be \(n, c, h, w\)"),
        ((PIXELS, LABELS[:19]), "20 images and torch.int64 labels"),
        ((PIXELS, LABELS.float()), "torch.float32 labels"),
        ((PIXELS.float(), LABELS), r"run from 0 to 255: give uint8, or floats in \[0, 1\]"),
        ((PIXELS.short(), LABELS), "torch.int16"),
        ([{"image": 1, "label": 2}], r"item 0 of the training set of own is dict: it must be \(image, label\)"),
        (iter([]), "list_iterator"),
        ([], "has no image"),
        ([(PIXELS[0], 0), (PIXELS[0, :1], 1)], r"image 1 .* is \(1, 8, 8\), the first \(3, 8, 8\)"),
        (([[1, 2], [3]], [0, 1]), "images of the training set of own: list is no tensor or array of numbers"),
        ((PIXELS, ["cat"] * 20), r"labels of the training set of own: list is no .* \(too many dimensions 'str'\)"),
        ((PIXELS, None), "labels of the training set of own: NoneType is no"),
        ((np.array([None] * 20), LABELS), "images of the training set of own: ndarray is no"),
        ((PIXELS, LABELS - 1), "labels of own run from -1 to 0, those of 20 images"),
        ((PIXELS, LABELS * 10**9), "labels of own run from 0 to 1000000000, those of 20 images: number the classes 0, 1, 2"),
        ((PIXELS, LABELS * 2), "has no image of 1"),
        ((PIXELS, LABELS * 0), "own has images of one class: give images of two or more"),
        ([("0.png", 0)], "images of the training set of own: str is no"),
        ([(PIXELS[0], "cat")], "label 0 of the training set of own: str is no"),
        ([(PIXELS[0], 0), (PIXELS[0], 0.5)], r"label 1 of the training set of own is torch.float32 \(\): it must be an integer"),
        ([(PIXELS[0], torch.eye(2)[0])], r"label 0 of the training set of own is torch.float32 \(2,\)"),
    ],
)  # fmt: skip
def test_what_is_no_data_is_told_what_it_should_be(given, message):
    with pytest.raises(DataError, match=message):
        as_data(given)


def test_an_item_that_cannot_be_read_is_named():
    class Broken(TensorDataset):
        def __getitem__(self, index):
            if index == 3:
                raise OSError("the disk\n is gone")
            return super().__getitem__(index)

    with pytest.raises(
        DataError, match=r"item 3 of the training set of own cannot be read: OSError: the disk is gone$"
    ):
        as_data(Broken(PIXELS, LABELS))
    with pytest.raises(
        DataError, match="labels of the training set of own run from 0 to 1: with 1 classes they are 0 to 0"
    ):
        as_data((PIXELS, LABELS), classes=["a"])
    with pytest.raises(UsageError, match="classes is 'ab': give a list of names"):
        as_data((PIXELS, LABELS), classes="ab")


def test_labels_may_be_numbers_of_any_kind():
    for label in (np.int64(1), np.array([1]), torch.tensor([1]), True, torch.tensor(1, dtype=torch.uint8)):
        items = [(PIXELS[0], 0), (PIXELS[1], label)]
        assert as_data(items, items).train.labels.tolist() == [0, 1]


def test_a_name_is_of_the_content():
    first, same = as_data((PIXELS, LABELS)), as_data((PIXELS.clone(), LABELS))
    changed = PIXELS.clone()
    changed[0, 0, 0, 0] ^= 1
    assert give_data(first) == give_data(same) != give_data(as_data((changed, LABELS)))
    assert give_data(first) != give_data(as_data((PIXELS, 1 - LABELS)))


def test_load_data_finds_what_lives_and_no_more():
    source = as_data((PIXELS, LABELS), name="my data")
    name = give_data(source)
    assert name.startswith("object:my-data@")
    assert load_data(name) is source
    with pytest.raises(UsageError, match="image_size is 16, and data object:my-data@.* have 8 px"):
        load_data(name, image_size=16)
    twin = as_data((np.asarray(PIXELS), LABELS), name="my data")
    assert give_data(twin) == name
    del twin
    assert load_data(name) is source, "the first still lives"
    del source
    with pytest.raises(UsageError, match="is not here: give the same one again"):
        load_data(name)
