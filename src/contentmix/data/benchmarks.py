"""The data sets of the thesis's tables, read from their original files; none of them needs pickle."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torchvision.datasets import MNIST, SVHN, FashionMNIST
from torchvision.datasets.utils import download_and_extract_archive

from contentmix.data.embedded import padded, resized, with_photos
from contentmix.data.folders import tree_source
from contentmix.data.layout import class_folders
from contentmix.data.reading import Reading
from contentmix.data.source import ArraySet, DataSource, array_source, shift_at
from contentmix.errors import DataError

FASHION_CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")
_CIFAR = "https://www.cs.toronto.edu/~kriz/"
_TINY = ("http://cs231n.stanford.edu/tiny-imagenet-200.zip", "90528d7ca1a48142e341f4ef8d21d0de")


def _obtain(name: str, root: Path, download: Callable[[], object]) -> None:
    """Run ``download``; when the network or the files' checksums fail, say what is missing and where to put it."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        download()
    except (OSError, RuntimeError, urllib.error.URLError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"data {name} are not in {root} and could not be downloaded ({reason}): put the extracted files there, "
            "or name another folder with --data-root"
        ) from error


def _cifar(name: str, root: Path) -> DataSource:
    folder, archive, digest, label_bytes = {
        "cifar10": ("cifar-10-batches-bin", "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 1),
        "cifar100": ("cifar-100-binary", "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8", 2),
    }[name]
    base = root / folder
    if not base.is_dir():
        _obtain(name, root, lambda: download_and_extract_archive(_CIFAR + archive, str(root), md5=digest))
    train, test, classes = (
        (sorted(base.glob("data_batch_*.bin")), [base / "test_batch.bin"], "batches.meta.txt")
        if name == "cifar10"
        else ([base / "train.bin"], [base / "test.bin"], "fine_label_names.txt")
    )
    names = _read_bytes(base / classes).decode().split()
    return array_source(name, names, *(read_cifar(files, label_bytes) for files in (train, test)))


def read_cifar(files: list[Path], label_bytes: int) -> ArraySet:
    """CIFAR's binary files: records of 1 or 2 label bytes, the last of which counts, and 3 x 32 x 32 pixels."""
    record = label_bytes + 3 * 32 * 32
    parts: list[Tensor] = []
    for path in files:
        content = bytearray(_read_bytes(path))
        if not content or len(content) % record:
            raise DataError(
                f"{path} is not a CIFAR binary file: it has {len(content):,} bytes, no multiple of {record}"
            )
        parts.append(torch.frombuffer(content, dtype=torch.uint8).view(-1, record))
    if not parts:
        raise DataError("CIFAR's binary files are missing: remove the folder to download them again")
    records = torch.cat(parts)
    return ArraySet(records[:, label_bytes:].reshape(-1, 3, 32, 32), records[:, label_bytes - 1].long())


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; remove its folder to download it again") from error


def _svhn(root: Path) -> DataSource:
    parts = []

    def fetch() -> None:
        for split in ("train", "test"):
            found = SVHN(str(root), split, download=True)
            parts.append(ArraySet(torch.from_numpy(found.data), torch.from_numpy(found.labels).long()))

    _obtain("svhn", root, fetch)
    return array_source("svhn", [str(i) for i in range(10)], *parts, flip=False)


def _mnist(root: Path) -> DataSource:
    parts = []

    def fetch() -> None:
        for train in (True, False):
            found = MNIST(str(root), train, download=True)
            parts.append(ArraySet(found.data[:, None], found.targets.long()))

    _obtain("mnist", root, fetch)
    return array_source("mnist", [str(i) for i in range(10)], *parts, shift_px=2, flip=False)


def read_idx(path: Path) -> Tensor:
    """A (gzipped) IDX file of unsigned bytes, the format of MNIST."""
    import gzip

    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}; install it again") from error
    dimensions = content[3] if len(content) > 4 and content[:3] == b"\x00\x00\x08" else 0
    shape = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
    values = bytearray(content[4 + 4 * dimensions :])
    if not dimensions or torch.Size(shape).numel() != len(values):
        raise DataError(f"{path} is not a whole IDX file of bytes: install it again")
    return torch.frombuffer(values, dtype=torch.uint8).view(shape)


def _fashion(root: Path) -> DataSource:
    parts = []
    if DEBIAN_FASHION.is_dir():
        for split in ("train", "t10k"):
            images, labels = (
                read_idx(DEBIAN_FASHION / f"{split}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1")
            )
            parts.append(ArraySet(images[:, None], labels.long()))
    else:

        def fetch() -> None:
            for train in (True, False):
                found = FashionMNIST(str(root), train, download=True)
                parts.append(ArraySet(found.data[:, None], found.targets.long()))

        _obtain("fashion-mnist", root, fetch)
    return array_source("fashion-mnist", FASHION_CLASSES, *parts, padding="reflect")


def _tiny_imagenet(root: Path, size: int | None) -> DataSource:
    base = root / "tiny-imagenet-200"
    if not base.is_dir():
        _obtain("tiny-imagenet", root, lambda: download_and_extract_archive(_TINY[0], str(root), md5=_TINY[1]))
    train = {name: sorted((folder / "images").iterdir()) for name, folder in class_folders(base / "train").items()}
    annotations = _read_bytes(base / "val" / "val_annotations.txt").decode().splitlines()
    test: dict[str, list[Path]] = {name: [] for name in train}
    for line in annotations:
        file, label = line.split("\t")[:2]
        test[label].append(base / "val" / "images" / file)
    size = size or 64
    shift_px = shift_at(size, 4, 64)
    return tree_source(
        "tiny-imagenet", base, train, test, image_size=size, shift_px=shift_px, reading=Reading(cache=root)
    )


def _on_photos(name: str, shapes: Callable[[Path], DataSource]) -> Callable[[Path, int | None], DataSource]:
    return lambda root, size: with_photos(name, resized(padded(shapes(root), 32), size))


def _in_memory(source: Callable[[Path], DataSource]) -> Callable[[Path, int | None], DataSource]:
    return lambda root, size: resized(source(root), size)


# By name: the images from a folder, at another size than their own where one is given.
BENCHMARKS: dict[str, Callable[[Path, int | None], DataSource]] = {
    "fashion-mnist": _in_memory(_fashion),
    "fashion-mnist-m": _on_photos("fashion-mnist-m", _fashion),
    "mnist": _in_memory(_mnist),
    "mnist-m": _on_photos("mnist-m", _mnist),
    "cifar10": _in_memory(lambda root: _cifar("cifar10", root)),
    "cifar100": _in_memory(lambda root: _cifar("cifar100", root)),
    "svhn": _in_memory(_svhn),
    "tiny-imagenet": _tiny_imagenet,
}
