"""Common corruptions. The library that makes them is optional; what surrounds it is tested with a stand-in."""

import multiprocessing
import sys

import numpy
import pytest
import torch

from contentmix.data import (
    CORRUPTIONS,
    ArraySet,
    CorruptedImages,
    FileSet,
    corrupt,
    dismiss,
    load_data,
    makers,
    read_cifar_c,
    write_cifar_c,
)
from contentmix.errors import DataError, UsageError


def test_small_grey_images_are_extended_for_the_library_and_cut_back(library):
    image = torch.arange(16 * 12, dtype=torch.uint8).view(1, 16, 12)
    corrupted = corrupt(image, "fog", 3, seed=0)
    assert corrupted.shape == image.shape
    assert corrupted.dtype == torch.uint8
    (pixels, _, _), *_ = library
    assert pixels.shape == (32, 32, 3)
    assert (pixels[:16, :12, 0] == image[0].numpy()).all()
    assert (pixels[16:31, :12, 0] == image[0].numpy()[14::-1]).all(), "the edge is not repeated"


def test_the_same_seed_corrupts_alike_and_the_global_state_is_left_alone(library):
    image = torch.full((3, 32, 32), 100, dtype=torch.uint8)
    numpy.random.seed(5)  # noqa: NPY002
    expected = numpy.random.rand()  # noqa: NPY002
    numpy.random.seed(5)  # noqa: NPY002
    first, again, other = (corrupt(image, "snow", 1, seed) for seed in (1, 1, 2))
    assert numpy.random.rand() == expected  # noqa: NPY002
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    corrupt(image, "glass_blur", 1, seed=7)
    assert library[-1][2] == {"seed": 7}


def test_every_image_is_corrupted_once_whatever_the_number_of_workers(library, monkeypatch):
    monkeypatch.setattr(makers, "_server", lambda: multiprocessing.get_context("fork"))  # where the stand-in is
    source = load_data("digits")
    some = source.test[torch.arange(30)]
    alone, helped = (CorruptedImages(some, source, workers=workers) for workers in (0, 2))
    for severity in (2, 3):
        (first,), (again,) = alone.under("frost", severity), helped.under("frost", severity)
        assert torch.equal(first.images, again.images)
        assert torch.equal(first.labels[:, 0], some.labels)
    assert dismiss() == 1  # the processes of one severity had served the next


@pytest.mark.parametrize("workers", [0, 1])
def test_a_photo_that_cannot_be_read_is_one_line_whatever_the_number_of_workers(
    library, workers, tmp_path, monkeypatch
):
    monkeypatch.setattr(makers, "_server", lambda: multiprocessing.get_context("fork"))
    (tmp_path / "photo.png").write_bytes(b"no image")
    photos = FileSet((tmp_path / "photo.png",), torch.tensor([0]), ("photo.png",))
    with pytest.raises(DataError, match=r"photo\.png") as raised:
        list(CorruptedImages(photos, load_data("digits"), workers=workers).under("fog", 1))
    assert "\n" not in str(raised.value)


def test_the_library_itself_makes_all_fifteen():
    pytest.importorskip("imagecorruptions", exc_type=ImportError)
    image = torch.randint(256, (1, 28, 28), dtype=torch.uint8)
    for name in CORRUPTIONS:
        weak, strong = (corrupt(image, name, severity, seed=0) for severity in (1, 5))
        assert weak.shape == strong.shape == image.shape
        assert not torch.equal(weak, strong)
        assert torch.equal(weak, corrupt(image, name, 1, seed=0)), name


def test_what_cannot_be_corrupted_is_named(monkeypatch):
    image = torch.zeros(3, 32, 32, dtype=torch.uint8)
    with pytest.raises(UsageError, match="unknown corruption 'froost'; did you mean 'frost'"):
        corrupt(image, "froost", 1, 0)
    with pytest.raises(UsageError, match="severity is 6: choose 1 to 5"):
        corrupt(image, "fog", 6, 0)
    monkeypatch.setitem(sys.modules, "imagecorruptions", None)
    with pytest.raises(UsageError, match=r"pip install 'contentmix\[corruptions\]'"):
        corrupt(image, "fog", 1, 0)


@pytest.mark.parametrize("data", ["digits", "digits-m"])
def test_generated_files_are_read_as_cifar_c_s(library, data, tmp_path):
    source = load_data(data)
    some = source.test[torch.arange(7)]
    write_cifar_c(some, source, tmp_path)
    images = CorruptedImages(some, source)
    for name, severity in (("frost", 2), ("jpeg_compression", 5)):
        found = read_cifar_c(tmp_path, name, severity)
        assert torch.equal(found.images, torch.cat(list(images.pixels(name, severity))))
        assert torch.equal(found.labels, some.labels)
    times = len(library)
    (tmp_path / "fog.npy").unlink()  # as where it was ended
    write_cifar_c(some, source, tmp_path)
    assert len(library) == times + 5 * 7, "only what is missing is made"


def test_cifar_c_files_hold_five_severities_one_after_the_other(tmp_path):
    images = numpy.arange(10, dtype=numpy.uint8)[:, None, None, None].repeat(32, 1).repeat(32, 2).repeat(3, 3)
    numpy.save(tmp_path / "fog.npy", images)
    numpy.save(tmp_path / "labels.npy", numpy.arange(10) % 2)
    third = read_cifar_c(tmp_path, "fog", 3)
    assert isinstance(third, ArraySet)
    assert third.images.shape == (2, 3, 32, 32)
    assert third.images[:, 0, 0, 0].tolist() == [4, 5]
    assert third.labels.tolist() == [0, 1]
    with pytest.raises(DataError, match=r"snow.npy cannot be read"):
        read_cifar_c(tmp_path, "snow", 1)
    numpy.save(tmp_path / "snow.npy", images[:7])
    with pytest.raises(DataError, match="CIFAR-C has uint8"):
        read_cifar_c(tmp_path, "snow", 1)
    (tmp_path / "frost.npy").write_bytes(b"\x80\x04N.")  # a pickle
    with pytest.raises(DataError, match=r"frost.npy cannot be read"):
        read_cifar_c(tmp_path, "frost", 1)
