"""Stand-ins for data sets that are not here: as many images of their shape, so that their cost can be measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from contentmix.choices import Padding
from contentmix.data.folders import in_memory
from contentmix.data.reading import Reading
from contentmix.data.registry import load_data
from contentmix.data.source import ArraySet, DataSource, FileSet, ImageSet, shift_at


@dataclass(frozen=True)
class Shape:
    """What there is of a data set.

    Attributes:
        classes: how many.
        channels: of its images.
        image_size: their side in pixels.
        train: images to train on.
        test: images to evaluate on.
        shift_px: as of ``DataSource``; for folders, whose it is, see ``tree_source``.
        padding: as of ``DataSource``.
    """

    classes: int
    channels: int
    image_size: int
    train: int
    test: int
    shift_px: int = 4
    padding: Padding = "zeros"


SHAPES = {
    "digits": Shape(10, 1, 16, 1_438, 359, 2, "reflect"),
    "digits-m": Shape(10, 3, 32, 1_438, 359, 4, "reflect"),
    "fashion-mnist": Shape(10, 1, 28, 60_000, 10_000, 4, "reflect"),
    "fashion-mnist-m": Shape(10, 3, 32, 60_000, 10_000, 4, "reflect"),
    "mnist": Shape(10, 1, 28, 60_000, 10_000, 2),
    "mnist-m": Shape(10, 3, 32, 60_000, 10_000, 2),
    "cifar10": Shape(10, 3, 32, 50_000, 10_000),
    "cifar100": Shape(100, 3, 32, 50_000, 10_000),
    "svhn": Shape(10, 3, 32, 73_257, 26_032),
    "tiny-imagenet": Shape(200, 3, 64, 100_000, 10_000),
    "imagenet-100": Shape(100, 3, 224, 126_689, 5_000),
    "cub-200": Shape(200, 3, 64, 3_000, 3_033, 8),
}


def blank_data(
    name: str,
    folder: Path,
    *,
    root: Path | None = None,
    image_size: int | None = None,
    reading: Reading | None = None,
) -> DataSource:
    """A data set of the shape of ``name``, all of whose images are the same random one; ``name`` itself where it has no shape.

    Args:
        name: of ``SHAPES``, or what ``load_data`` takes.
        folder: where the one image is written, if images of this size are read from files.
        root: as of ``load_data``.
        image_size: side in pixels, the set's own by default.
        reading: as of ``load_data``.

    Raises:
        UsageError, DataError: of ``load_data``.
    """
    if name not in SHAPES:
        return load_data(name, root=root, image_size=image_size, reading=reading)
    shape = SHAPES[name]
    size = image_size or shape.image_size
    pixels = torch.randint(256, (shape.channels, size, size), generator=torch.Generator().manual_seed(0)).byte()
    kept = in_memory(shape.train + shape.test, size)
    if not kept:
        Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(folder / "blank.jpg")

    def images(count: int) -> ImageSet:
        labels: Tensor = torch.arange(count) % shape.classes
        if not kept:
            return FileSet((folder / "blank.jpg",) * count, labels)
        return ArraySet(pixels.expand(count, -1, -1, -1), labels)

    classes, statistics = tuple(map(str, range(shape.classes))), (0.5,) * shape.channels
    train, test = images(shape.train), images(shape.test)
    # Images on disk are cropped otherwise.
    shift_px = shift_at(size, shape.shift_px, shape.image_size) if kept else 4
    return DataSource(name, classes, shape.channels, size, statistics, statistics, train, test, shift_px, shape.padding)
