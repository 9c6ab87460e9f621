"""What a data set is, wherever it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from contentmix.choices import Padding
from contentmix.errors import DataError


@dataclass(frozen=True)
class Blend:
    """What images are ``|background - shape|`` of.

    Attributes:
        shapes: (n, 1, h, w) uint8, bright on black
        backgrounds: (n, c, h, w) uint8
    """

    shapes: Tensor
    backgrounds: Tensor

    @property
    def images(self) -> Tensor:
        """The images (n, c, h, w) uint8."""
        return (self.backgrounds.short() - self.shapes.short()).abs().to(torch.uint8)

    def __getitem__(self, index: Tensor) -> Blend:
        """That of some of the images."""
        return Blend(self.shapes[index], self.backgrounds[index])


@dataclass(frozen=True)
class ArraySet:
    """Images in memory.

    Attributes:
        images: (n, c, h, w) uint8
        labels: (n,) int64
        masks: (n, h, w) bool, which pixels belong to the object rather than its background, where that is known
        blend: what they were made of, where that is known
        names: of n files in the data folder, where they come from there
    """

    images: Tensor
    labels: Tensor
    masks: Tensor | None = None
    blend: Blend | None = None
    names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor) -> ArraySet:
        """Some of the images; one that stands for all goes on doing so."""
        labels, masks = self.labels[index], None if self.masks is None else self.masks[index]
        blend = None if self.blend is None else self.blend[index]
        one = self.images.stride(0) == 0
        images = self.images[:1].expand(len(labels), -1, -1, -1) if one else self.images[index]
        return ArraySet(images, labels, masks, blend, _some(self.names, index))

    def __add__(self, other: ArraySet) -> ArraySet:
        """The images of both; masks only where both have them, and not what they were made of."""
        masks = None if self.masks is None or other.masks is None else torch.cat([self.masks, other.masks])
        images, labels = torch.cat([self.images, other.images]), torch.cat([self.labels, other.labels])
        return ArraySet(images, labels, masks, names=_joined(self.names, other.names))


@dataclass(frozen=True)
class FileSet:
    """Images on disk, decoded when they are needed.

    Attributes:
        paths: n files
        labels: (n,) int64
        names: of the files in the data folder, where they come from there
    """

    paths: tuple[Path, ...]
    labels: Tensor
    names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor) -> FileSet:
        """Some of the images."""
        return FileSet(tuple(self.paths[i] for i in index.tolist()), self.labels[index], _some(self.names, index))

    def __add__(self, other: FileSet) -> FileSet:
        """The images of both."""
        labels = torch.cat([self.labels, other.labels])
        return FileSet(self.paths + other.paths, labels, _joined(self.names, other.names))


ImageSet = ArraySet | FileSet


def _some(names: tuple[str, ...] | None, index: Tensor) -> tuple[str, ...] | None:
    if names is None:
        return None
    every = torch.arange(len(names))[index].tolist()
    return tuple(names[i] for i in every)


def _joined(names: tuple[str, ...] | None, others: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if names is None or others is None else names + others


@dataclass(frozen=True)
class DataSource:
    """A data set ready to be trained on.

    Attributes:
        classes: names, in the order of the labels
        channels: 1 (grey) or 3 (RGB)
        image_size: side in pixels
        mean: per channel, of pixels scaled to [0, 1], over the training images
        std: per channel, of pixels scaled to [0, 1], over the training images
        train: images to train on, in memory or on disk
        test: images to evaluate on, of the same kind
        shift_px: training images in memory are shifted by up to so many pixels
        padding: what they are surrounded with for that, unless the method has its own
        flip: training images are flipped left to right at random
        unlabelled: images to learn from without labels, of the same kind; their labels are -1, or known to compare with
        validation: images to select epochs on, of the same kind, where they are set apart from those to train on
        only_test: nothing is trained: ``train`` stands in, and classes may be without an image
        left_out: names of files in the data folder that could not be read
    """

    name: str
    classes: tuple[str, ...]
    channels: int
    image_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    train: ImageSet
    test: ImageSet
    shift_px: int = 4
    padding: Padding = "zeros"
    flip: bool = True
    unlabelled: ImageSet | None = None
    validation: ImageSet | None = None
    only_test: bool = False
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.only_test:
            check_labels(f"test set of {self.name}", self.test.labels, self.classes)
            return
        for split, images in (("training", self.train), ("validation", self.validation), ("test", self.test)):
            if images is not None:
                # Of a class of one training image there is none to select on.
                check = check_labels if split == "validation" else check_split
                check(f"{split} set of {self.name}", images.labels, self.classes)


def check_labels(split: str, labels: Tensor, classes: Sequence[str]) -> None:
    """Raise ``DataError`` unless there are labels, and every one is a class."""
    if len(labels) == 0:
        raise DataError(f"the {split} has no image")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= len(classes):
        raise DataError(
            f"labels of the {split} run from {low} to {high}: with {len(classes)} classes they are 0 to {len(classes) - 1}"
        )


def check_split(split: str, labels: Tensor, classes: Sequence[str]) -> None:
    """Raise ``DataError`` unless every label is a class and every class has an image."""
    check_labels(split, labels, classes)
    missing = [
        name for name, count in zip(classes, torch.bincount(labels, minlength=len(classes)), strict=True) if not count
    ]
    if missing:
        raise DataError(
            f"the {split} has no image of {', '.join(missing[:5])}{' and others' if len(missing) > 5 else ''}: "
            "add images or remove the class"
        )


def shift_at(size: int, shift_px: int, own_size: int) -> int:
    """The shift of images of ``own_size`` px, ``shift_px``, for the same brought to ``size`` px."""
    return max(1, round(shift_px * size / own_size))


def pixel_statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel of images (n, c, h, w) uint8, scaled to [0, 1]."""
    values = torch.arange(256, dtype=torch.float64) / 255
    means, stds = [], []
    for channel in images.unbind(1):
        # 256 counts say all: no float copy of the set is made.
        share = torch.bincount(channel.flatten(), minlength=256).double() / channel.numel()
        mean = (share * values).sum()
        means.append(mean.item())
        stds.append((share * (values - mean) ** 2).sum().sqrt().clamp(min=1e-3).item())
    return tuple(means), tuple(stds)


def array_source(
    name: str,
    classes: Sequence[str],
    train: ArraySet,
    test: ArraySet,
    *,
    shift_px: int = 4,
    padding: Padding = "zeros",
    flip: bool = True,
    unlabelled: ArraySet | None = None,
) -> DataSource:
    """A data set from arrays, standardised by its training images, unlabelled ones included."""
    seen = train if unlabelled is None else train + unlabelled
    mean, std = pixel_statistics(seen.images)
    channels, size = train.images.shape[1], train.images.shape[-1]
    return DataSource(name, tuple(classes), channels, size, mean, std, train, test, shift_px, padding, flip, unlabelled)
