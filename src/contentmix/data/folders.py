"""Class folders: one folder of images per class, the folder's name being the class's."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from contentmix.data.decode import Decoded, decode, shorter_sides
from contentmix.data.layout import read_layout
from contentmix.data.photo_sets import (
    Photo,
    Sets,
    assigned,
    check_learnt,
    kept_photos,
    photo_at,
    photos_of,
    say_unscored,
    scored_photos,
)
from contentmix.data.reading import LARGEST_SIZE, Reading
from contentmix.data.source import ArraySet, DataSource, FileSet, ImageSet, pixel_statistics
from contentmix.errors import DataError

SIZE_STEP = 16
# Images of so many px are in memory, however many they are; larger ones if all take so many bytes: each is there twice, once
# with the margin for its shifts.
LARGEST_IN_MEMORY, MEMORY_BYTES = 64, 256 * 2**20
# Of ImageNet, the usual constants where a set is too large to be averaged.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def size_for(sides: Sequence[int], largest: int = LARGEST_SIZE) -> int:
    """The side in pixels that photos of these shorter ``sides`` are brought to.

    Their median, at most ``largest``, as the nearest multiple of 16, which networks take that halve images or cut them into
    patches.
    """
    middle = statistics.median_low(sides) if sides else largest
    return min(largest, max(SIZE_STEP, (middle + SIZE_STEP // 2) // SIZE_STEP * SIZE_STEP))


def in_memory(count: int, size: int) -> bool:
    """Whether ``count`` images of ``size`` px are kept in memory."""
    return size <= LARGEST_IN_MEMORY or 3 * count * size**2 <= MEMORY_BYTES


def folder_source(folder: Path, image_size: int | None, reading: Reading | None = None) -> DataSource:
    """The photos in ``folder``: their largest centred squares, scaled to ``image_size`` px (default: ``size_for`` them).

    With subfolders ``train`` and ``test`` or ``val``, by any of their usual names, these are the sets, and with all three ``val``
    is the validation set; otherwise about a fifth of every class is the test set, each photo by its own name (``held_by_name``).
    Photos in a subfolder ``unlabeled`` are learnt from without labels. Images up to 64 px, and larger ones if they are few, are
    kept in memory, others are decoded when needed (``in_memory``).

    Raises:
        DataError: an empty class or ``unlabeled`` folder, a class missing from a set, a photo in two sets, files that are no
            images, photos of kept lists that are gone or broken, nothing left to score.
    """
    reading = reading or Reading()
    kept = reading.kept
    layout = read_layout(folder, scored=reading.as_test)
    classes = layout.classes if kept is None else kept.classes
    if kept is None and set(layout.classes) <= set(reading.classes):
        classes = reading.classes
    photos = photos_of(folder, layout, classes)
    if kept is not None:
        photos = kept_photos(photos, kept, folder, only_test=reading.as_test)
    elif reading.as_test:
        photos = {"test": scored_photos(photos, reading.avoid, folder)}
    every = [photo.path for each in photos.values() for photo in each]
    size = size_for(shorter_sides(every, folder, reading), reading.largest) if image_size is None else image_size
    good = decode(every, folder, size if in_memory(len(every), size) else None, reading)
    sets = {split: [photo for photo in each if photo.path in good] for split, each in photos.items()}
    left_out = tuple(photo.name for each in photos.values() for photo in each if photo.path not in good)
    if reading.as_test:
        say_unscored(sets["test"], classes, folder)
        sets["train"] = sets["test"]  # nothing is trained
    elif kept is None:
        sets = assigned(sets, classes, folder)
    else:
        check_learnt(left_out, kept, folder)
    source = _source(folder.resolve().name, classes, sets, good, size, only_test=reading.as_test)
    if kept is None:
        return replace(source, left_out=left_out)
    return replace(source, mean=kept.mean, std=kept.std, left_out=kept.left_out)


def tree_source(
    name: str,
    folder: Path,
    train: Mapping[str, Sequence[Path]],
    test: Mapping[str, Sequence[Path]],
    *,
    image_size: int,
    shift_px: int | None = None,
    reading: Reading | None = None,
) -> DataSource:
    """A data set from the files of each class, in memory if the images are small.

    There they are shifted by up to ``shift_px``, an eighth of their side unless told otherwise.
    """
    sets = {
        split: [photo_at(path, folder, label) for label, paths in enumerate(files.values()) for path in paths]
        for split, files in (("train", train), ("test", test))
    }
    every = [photo.path for each in sets.values() for photo in each]
    good = decode(
        every, folder, image_size if in_memory(len(every), image_size) else None, reading or Reading(may_skip=False)
    )
    return _source(name, tuple(train), sets, good, image_size, shift_px)


def _source(
    name: str,
    classes: Sequence[str],
    sets: Sets,
    good: Mapping[Path, Decoded],
    size: int,
    shift_px: int | None = None,
    *,
    only_test: bool = False,
) -> DataSource:
    made = {split: _images(photos, good) for split, photos in sets.items() if photos}
    for split in ("test", "train"):
        if split not in made:
            raise DataError(f"the {'training' if split == 'train' else split} set of {name} has no image: add images")
    train, test, rest = made["train"], made["test"], made.get("unlabelled")
    source = DataSource(
        name,
        tuple(classes),
        3,
        size,
        _MEAN,
        _STD,
        train,
        test,
        unlabelled=rest,
        validation=made.get("validation"),
        only_test=only_test,
    )
    if not isinstance(train, ArraySet):
        return source
    mean, std = pixel_statistics((train + rest if isinstance(rest, ArraySet) else train).images)
    return replace(source, mean=mean, std=std, shift_px=size // 8 if shift_px is None else shift_px)


def _images(photos: Iterable[Photo], good: Mapping[Path, Decoded]) -> ImageSet:
    photos = list(photos)
    labels, names = torch.tensor([photo.label for photo in photos]), tuple(photo.name for photo in photos)
    pixels = [pixels for photo in photos if (pixels := good[photo.path].pixels) is not None]
    if not pixels:
        return FileSet(tuple(photo.path for photo in photos), labels, names)
    return ArraySet(torch.stack(pixels), labels, names=names)
