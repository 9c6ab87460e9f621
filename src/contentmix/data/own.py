"""Data of one's own: tensors, arrays, or any data set of (image, label), as a ``DataSource``, and found by name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2 import functional

from contentmix.data.counted import counted
from contentmix.data.hugging_face import Table, open_tables
from contentmix.data.labels import UNKNOWN
from contentmix.data.photo_sets import TEST_SHARE
from contentmix.data.photos import fit_square
from contentmix.data.source import ArraySet, DataSource, FileSet, ImageSet, array_source
from contentmix.data.splits import stratified_split
from contentmix.errors import DataError, require
from contentmix.given import Given

GIVEN: Given[DataSource] = Given("data")


def as_data(
    train: Any,
    test: Any = None,
    *,
    classes: Sequence[str] | None = None,
    unlabelled: Any = None,
    image_size: int | None = None,
    name: str = "own",
    shift_px: int | None = None,
    flip: bool = True,
    image_column: str | None = None,
    label_column: str | None = None,
) -> DataSource:
    """What one has, as a data set to train on, in memory.

    Args:
        train: a pair (images, labels): images (n, c, h, w) or (n, h, w), uint8 or floats in [0, 1], as tensor or array, and
            integers (n,); or any ``torch.utils.data.Dataset`` of (image, label), whose images may be PIL's; or a ``Dataset`` or
            ``DatasetDict`` of Hugging Face's ``datasets``. It is read once.
        test: likewise (default: that of a ``DatasetDict``, or a fixed fifth of every class of ``train``).
        classes: their names (default: the data set's ``classes``, or numbers).
        unlabelled: images without labels to learn from.
        image_size: side in pixels; larger or other images are cropped to centred squares and scaled (default: the shorter side;
            of a Hugging Face data set at most 224).
        name: for the configuration and the run folder.
        shift_px: training images are shifted by up to so many pixels (default: an eighth of their side).
        flip: training images are flipped left to right at random.
        image_column: of a Hugging Face data set (default: the only one with images).
        label_column: likewise (default: the only one with classes, or called ``label`` or the like).

    Raises:
        DataError: images or labels that are none of these, an item that cannot be read, fewer than two classes, or one without
            images.
    """
    require(not isinstance(classes, str), f"classes is {classes!r}: give a list of names, one for each class")
    train, test = open_tables(train, test, image_column, label_column, classes, name)
    image_size = image_size or (train.image_size if isinstance(train, Table) else None)
    learnt = _labelled(train, image_size, f"training set of {name}")
    size = learnt.images.shape[-1]
    if test is None:
        stay, out = stratified_split(learnt.labels, TEST_SHARE, 0, "test")
        learnt, held = learnt[stay], learnt[out]
    else:
        held = _labelled(test, size, f"test set of {name}")
    names = classes or getattr(train, "classes", None) or _numbers(torch.cat([learnt.labels, held.labels]), name)
    rest = None
    if unlabelled is not None:
        pixels = _squares(_pixels(unlabelled, f"unlabelled images of {name}"), size)
        rest = ArraySet(pixels, torch.full((len(pixels),), UNKNOWN))
    shift_px = size // 8 if shift_px is None else shift_px
    source = array_source(
        name, [str(each) for each in names], learnt, held, shift_px=shift_px, flip=flip, unlabelled=rest
    )
    if len(source.classes) < 2:
        raise DataError(f"{name} has images of one class: give images of two or more")
    return source


def _numbers(labels: Tensor, name: str) -> range:
    """The classes of ``labels``, numbered."""
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= len(labels):
        raise DataError(
            f"labels of {name} run from {low} to {high}, those of {len(labels)} images: number the classes 0, 1, 2 and so on"
        )
    return range(1 + high)


def _tensor(values: Any, what: str) -> Tensor:
    try:
        return torch.as_tensor(values)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{what}: {type(values).__name__} is no tensor or array of numbers ({reason})") from error


def _labelled(given: Any, size: int | None, what: str) -> ArraySet:
    if isinstance(given, tuple) and len(given) == 2:
        images, labels = _pixels(given[0], what), _tensor(given[1], f"labels of the {what}")
        if labels.shape != images.shape[:1] or labels.is_floating_point() or labels.is_complex():
            number = counted(len(images), "image")
            raise DataError(
                f"{number} and {labels.dtype} labels {tuple(labels.shape)} in the {what}: one integer for each image"
            )
        return ArraySet(_squares(images, size or min(images.shape[-2:])), labels.long())
    if not (hasattr(given, "__len__") and hasattr(given, "__getitem__")):
        raise DataError(
            f"the {what} is {type(given).__name__}: give (images, labels), or a data set with a length and items (image, label)"
        )
    return _read(given, size, what)


def _read(items: Any, size: int | None, what: str) -> ArraySet:
    """Every item once, into one tensor."""
    pixels: Tensor | None = None
    labels = torch.empty(len(items), dtype=torch.int64)
    for position in range(len(items)):
        try:
            item = items[position]
        except Exception as error:  # whatever somebody's code raises
            reason = " ".join(str(error).split())
            raise DataError(
                f"item {position} of the {what} cannot be read: {type(error).__name__}{f': {reason}' if reason else ''}"
            ) from error
        if not (isinstance(item, tuple | list) and len(item) == 2):
            raise DataError(f"item {position} of the {what} is {type(item).__name__}: it must be (image, label)")
        image, labels[position] = _image(item[0], size, what), _label(item[1], position, what)
        if pixels is None:
            size = image.shape[-1]
            pixels = torch.empty(len(items), *image.shape, dtype=torch.uint8)
        if image.shape != pixels.shape[1:]:
            raise DataError(
                f"image {position} of the {what} is {tuple(image.shape)}, the first {tuple(pixels.shape[1:])}: they must agree"
            )
        pixels[position] = image
    if pixels is None:
        raise DataError(f"the {what} has no image")
    return ArraySet(pixels, labels)


def _label(label: Any, position: int, what: str) -> int:
    number = label if isinstance(label, int) else _tensor(label, f"label {position} of the {what}")
    if isinstance(number, Tensor) and (number.numel() != 1 or number.is_floating_point() or number.is_complex()):
        raise DataError(
            f"label {position} of the {what} is {number.dtype} {tuple(number.shape)}: it must be an integer, of a class"
        )
    return int(number)


def _image(image: Any, size: int | None, what: str) -> Tensor:
    if isinstance(image, Image.Image):
        return fit_square(image.convert("L" if image.mode in ("1", "L") else "RGB"), size or min(image.size))
    pixels = _tensor(image, f"images of the {what}")
    pixels = _pixels(pixels[None, None] if pixels.dim() == 2 else pixels[None], what)
    return _squares(pixels, size or min(pixels.shape[-2:]))[0]


def _pixels(images: Any, what: str) -> Tensor:
    """Images (n, c, h, w) uint8."""
    pixels = _tensor(images, f"images of the {what}")
    pixels = pixels[:, None] if pixels.dim() == 3 else pixels
    if pixels.dim() != 4 or pixels.shape[1] not in (1, 3) or len(pixels) == 0:
        raise DataError(
            f"images of the {what} are {tuple(pixels.shape)}: they must be (n, c, h, w) with 1 or 3 channels, or (n, h, w)"
        )
    if pixels.is_floating_point():
        if not 0 <= float(pixels.min()) <= float(pixels.max()) <= 1:
            raise DataError(
                f"images of the {what} run from {float(pixels.min()):.3g} to {float(pixels.max()):.3g}: give uint8, or floats in "
                "[0, 1]; they are normalised here, so leave out a transform that does it"
            )
        return (pixels * 255).round().to(torch.uint8)
    if pixels.dtype != torch.uint8:
        raise DataError(f"images of the {what} are {pixels.dtype}: give uint8, or floats in [0, 1]")
    return pixels


def as_pixels(images: Any, size: int) -> Tensor:
    """Images (n, c, h, w) or (n, h, w), uint8 or floats in [0, 1], as (n, c, size, size) uint8.

    Raises:
        DataError: they are none of these.
    """
    return _squares(_pixels(images, "call"), size)


def _squares(images: Tensor, size: int) -> Tensor:
    """The largest centred squares of (n, c, h, w) uint8, scaled to ``size``."""
    side = min(images.shape[-2:])
    squares = images if images.shape[-2:] == (side, side) else functional.center_crop(images, [side, side])
    return squares if side == size else functional.resize(squares, [size, size], antialias=True)


def give_data(source: DataSource) -> str:
    """The name by which ``load_data`` finds ``source`` as long as it lives; its digest is of all images and labels.

    Of files it is of their names and sizes.
    """
    digest = hashlib.sha256()
    looks = (source.mean, source.std, source.shift_px, source.padding, source.flip)
    digest.update(repr((source.classes, source.channels, source.image_size, looks)).encode())
    for images in (source.train, source.test, source.unlabelled):
        _update(digest, images)
    sets = f"{len(source.train)} training and {len(source.test)} test images"
    rest = "" if source.unlabelled is None else f", {len(source.unlabelled)} without labels"
    shape = (source.channels, source.image_size, source.image_size)
    description = f"{sets}{rest}, {shape}, of {len(source.classes)} classes"
    return GIVEN.hold(source, source.name, digest.hexdigest(), description)


def _update(digest: Any, images: ImageSet | None) -> None:
    if images is None:
        digest.update(b"none")
        return
    if isinstance(images, FileSet):
        digest.update(repr([(path.name, path.stat().st_size) for path in images.paths]).encode())
    else:
        tensors = (images.images, images.masks)
        for tensor in (each for each in tensors if each is not None):
            digest.update(repr(tuple(tensor.shape)).encode())
            digest.update(tensor.contiguous().numpy().data)
    digest.update(images.labels.contiguous().numpy().data)


def given_data(name: str, image_size: int | None) -> DataSource:
    """The source that ``give_data`` called ``name``.

    Raises:
        UsageError: it is not here, or has images of another size.
    """
    source = GIVEN.find(name)
    require(
        image_size in (None, source.image_size),
        f"image_size is {image_size}, and data {name} have {source.image_size} px: leave it out, or give data of that size",
    )
    return source
