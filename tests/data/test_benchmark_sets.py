"""Sets that are downloaded, read from their files."""

import gzip

import pytest
import torch
from PIL import Image

from contentmix.data import (
    blank_data,
    load_data,
)
from contentmix.data.benchmarks import read_cifar, read_idx
from contentmix.errors import DataError


def test_what_cannot_be_downloaded_says_where_to_put_it(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError("no route to host")

    monkeypatch.setattr("contentmix.data.benchmarks.download_and_extract_archive", refuse)
    with pytest.raises(
        DataError, match=r"data cifar100 are not in .* \(no route to host\): put the extracted files there"
    ):
        load_data("cifar100", root=tmp_path)


def test_cifar100_is_read_from_its_binary_files(tmp_path):
    base = tmp_path / "cifar-100-binary"
    base.mkdir()
    names = [f"class{i}" for i in range(100)]
    (base / "fine_label_names.txt").write_text("\n".join(names))
    records = b"".join(bytes([7, fine]) + bytes([fine]) * 3072 for fine in range(100))
    for split in ("train", "test"):
        (base / f"{split}.bin").write_bytes(records)
    data = load_data("cifar100", root=tmp_path)
    assert data.classes == tuple(names)
    assert torch.equal(data.train.labels, torch.arange(100))
    assert torch.equal(data.train.images[:, 0, 0, 0], torch.arange(100).byte())
    (base / "test.bin").write_bytes(records[:-1])
    with pytest.raises(DataError, match=r"test.bin is not a CIFAR binary file"):
        read_cifar([base / "test.bin"], 2)


@pytest.mark.parametrize(("image_size", "shift_px"), [(None, 4), (32, 2)])
def test_tiny_imagenet_shifts_by_4_px_and_shows_black(tmp_path, image_size, shift_px):
    base = tmp_path / "tiny-imagenet-200"
    for i in range(2):
        (base / "train" / f"n{i}" / "images").mkdir(parents=True)
        Image.new("RGB", (64, 64), (50 * i, 9, 9)).save(base / "train" / f"n{i}" / "images" / "0.png")
        (base / "val" / "images").mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 64)).save(base / "val" / "images" / f"{i}.png")
    (base / "val" / "val_annotations.txt").write_text("0.png\tn0\t0\n1.png\tn1\t0\n")
    data = load_data("tiny-imagenet", root=tmp_path, image_size=image_size)
    assert (data.image_size, data.shift_px, data.padding) == (image_size or 64, shift_px, "zeros")


@pytest.mark.parametrize("name", ["digits", "digits-m", "fashion-mnist", "fashion-mnist-m"])
@pytest.mark.parametrize("size", [None, 14])
def test_stand_ins_are_augmented_as_what_they_stand_for(name, size, clothes, tmp_path):
    real, blank = load_data(name, image_size=size), blank_data(name, tmp_path, image_size=size)
    for each in ("image_size", "channels", "shift_px", "padding"):
        assert getattr(real, each) == getattr(blank, each), each


@pytest.fixture
def clothes(tmp_path, monkeypatch):
    """Fashion-MNIST's files with twenty images: each all black but for two columns of full brightness."""
    pixels = bytearray(20 * 28 * 28)
    for row in range(20 * 28):
        pixels[28 * row + 4 : 28 * row + 6] = b"\xff\xff"
    for split in ("train", "t10k"):
        images = bytes([0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 28, 0, 0, 0, 28]) + pixels
        labels = bytes([0, 0, 8, 1, 0, 0, 0, 20]) + bytes(range(10)) * 2
        (tmp_path / f"{split}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (tmp_path / f"{split}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    monkeypatch.setattr("contentmix.data.benchmarks.DEBIAN_FASHION", tmp_path)


def test_sets_in_memory_come_in_other_sizes(clothes):
    data = load_data("fashion-mnist", image_size=14)
    assert (data.image_size, data.shift_px, data.padding) == (14, 2, "reflect")
    # An antialiased half averages with a triangle four pixels wide, weights 1, 3, 3, 1 of 8: of the two bright columns,
    # 4 and 5, the third column of the small image sees both with weight 3, the second and fourth one with 1.
    columns = data.train.images[0, 0, 5].float() / 255
    torch.testing.assert_close(columns[:5], torch.tensor([0, 1 / 8, 6 / 8, 1 / 8, 0]), atol=0.01, rtol=0)


def test_shapes_are_made_smaller_before_they_stand_on_photos(clothes):
    data = load_data("fashion-mnist-m", image_size=16)
    assert data.train.images.shape == (20, 3, 16, 16)
    assert data.train.masks.shape == (20, 16, 16)
    # Columns 6 and 7 of 32 with their margin: the fourth of 16, its neighbours are below the mask's level.
    assert data.train.masks[0].any(0).nonzero()[:, 0].tolist() == [3]


def test_idx_files_are_read_and_checked(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])))
    assert read_idx(path).tolist() == [[1, 2, 3], [4, 5, 6]]
    for content in (gzip.compress(b"\x00\x00\x08\x01\x00\x00\x00\x05ab"), path.read_bytes()[:-9], b"junk"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"x.gz"):
            read_idx(path)
