"""Real images that come with scikit-learn: no download."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch.nn import functional
from torchvision.transforms.v2.functional import resize

from contentmix.data.blend import blend
from contentmix.data.photos import sample_photos
from contentmix.data.source import ArraySet, DataSource, array_source, shift_at
from contentmix.data.splits import stratified_split
from contentmix.keys import keyed_generator

TEST_SHARE = 0.2


def _digits(size: int) -> tuple[ArraySet, ArraySet]:
    """The 1,797 digits of 8 x 8 pixels enlarged to ``size``; a fixed fifth of each class is the test set."""
    from sklearn.datasets import load_digits

    found = load_digits()
    small = torch.from_numpy(found.images).float()[:, None] * (255 / 16)
    images = functional.interpolate(small, size=(size, size), mode="bicubic", align_corners=False)
    every = ArraySet(images.clamp(0, 255).round().to(torch.uint8), torch.from_numpy(found.target).long())
    train, test = stratified_split(every.labels, TEST_SHARE, 0, "digits-test")
    return every[train], every[test]


def digits(size: int = 16) -> DataSource:
    """scikit-learn's handwritten digits, grey, enlarged to 16 px or another size."""
    # As many pixels of 32 as CIFAR's images are shifted by.
    shift_px, names = shift_at(size, 4, 32), [str(i) for i in range(10)]
    return array_source("digits", names, *_digits(size), shift_px=shift_px, padding="reflect", flip=False)


def with_photos(name: str, source: DataSource) -> DataSource:
    """``source``'s grey images on photo backgrounds (``blend``), the same for everyone.

    What test images were made of stays with them, for hybrids to be held against; of training images it would take as much
    memory again.
    """
    splits: list[ArraySet] = []
    for split, images in (("train", source.train), ("test", source.test)):
        assert isinstance(images, ArraySet)
        made = blend(images, sample_photos(), keyed_generator(0, name, split))
        splits.append(made if split == "test" else replace(made, blend=None))
    return _like(source, *splits, name=name)


def _like(source: DataSource, train: ArraySet, test: ArraySet, **changes: Any) -> DataSource:
    """A set of other images that are augmented as those of ``source`` are, but for ``changes``."""
    own = {"name": source.name, "shift_px": source.shift_px, "padding": source.padding, "flip": source.flip}
    return array_source(classes=source.classes, train=train, test=test, **{**own, **changes})


def digits_m(size: int = 32) -> DataSource:
    """The digits at 32 px, or another size, on crops of photographs, RGB."""
    return with_photos("digits-m", digits(size))


def resized(source: DataSource, size: int | None) -> DataSource:
    """``source``, in memory, with its images brought to ``size`` px, averaged where they shrink; None leaves them alone."""
    if size is None or size == source.image_size:
        return source
    splits = []
    for images in (source.train, source.test):
        assert isinstance(images, ArraySet)
        pixels = resize(images.images, [size, size], antialias=True)
        splits.append(ArraySet(pixels, images.labels))
    return _like(source, *splits, shift_px=shift_at(size, source.shift_px, source.image_size))


def padded(source: DataSource, size: int) -> DataSource:
    """``source`` with a black margin around its images, to ``size`` px."""
    margin = (size - source.image_size) // 2
    splits = []
    for images in (source.train, source.test):
        assert isinstance(images, ArraySet)
        splits.append(replace(images, images=functional.pad(images.images, [margin] * 4)))
    return _like(source, *splits)


EMBEDDED: dict[str, Callable[..., DataSource]] = {"digits": digits, "digits-m": digits_m}
