"""Class folders: one folder of images per class, the folder's name being the class's."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from contentmix.data.decode import Decoded, decode, shorter_sides
from contentmix.data.labels import UNKNOWN
from contentmix.data.layout import Layout, read_layout
from contentmix.data.reading import LARGEST_SIZE, KeptSplit, Reading
from contentmix.data.source import ArraySet, DataSource, FileSet, ImageSet, array_source
from contentmix.data.splits import held_by_name
from contentmix.errors import DataError

SIZE_STEP = 16
# Images of so many px are in memory, however many they are; larger ones if all take so many bytes: each is there twice, once
# with the margin for its shifts.
LARGEST_IN_MEMORY, MEMORY_BYTES = 64, 256 * 2**20
TEST_SHARE = 0.2
# Of ImageNet, the usual constants where a set is too large to be averaged.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_log = logging.getLogger("contentmix")


@dataclass(frozen=True)
class _Photo:
    """A photo: where it is, its name in the data folder, and its class."""

    path: Path
    name: str
    label: int


Sets = dict[str, list[_Photo]]


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
        DataError: an empty class or ``unlabeled`` folder, a class missing from a set, files that are no images, photos of kept
            lists that are gone.
    """
    reading = reading or Reading()
    layout = read_layout(folder)
    classes = layout.classes if reading.kept is None else reading.kept.classes
    photos = _photos(folder, layout, classes)
    photos["unlabelled"] = [_photo(path, folder, UNKNOWN) for path in layout.unlabelled]
    if reading.as_test and reading.kept is None:
        chosen = _test_set(photos)
        photos = {"test": [photo for photo in chosen if photo.path not in reading.avoid]}
        if len(photos["test"]) < len(chosen):
            left = len(chosen) - len(photos["test"])
            _log.warning(
                "note: %s of %s images in %s were learnt from or selected on: they are not scored",
                left,
                len(chosen),
                folder,
            )
    elif reading.kept is not None:
        photos = _kept(photos, reading.kept, folder, only_test=reading.as_test)
    every = [photo.path for each in photos.values() for photo in each]
    size = size_for(shorter_sides(every, folder, reading), reading.largest) if image_size is None else image_size
    good = decode(every, folder, size if in_memory(len(every), size) else None, reading)
    sets = {split: [photo for photo in each if photo.path in good] for split, each in photos.items()}
    if reading.kept is None and not reading.as_test:
        sets = _assign(sets, classes, folder)
    if reading.as_test:
        sets["train"] = sets["test"]  # nothing is trained
    source = _source(folder.resolve().name, classes, sets, good, size)
    return source if reading.kept is None else replace(source, mean=reading.kept.mean, std=reading.kept.std)


def _photo(path: Path, folder: Path, label: int) -> _Photo:
    return _Photo(path, path.relative_to(folder).as_posix(), label)


def _photos(folder: Path, layout: Layout, classes: Sequence[str]) -> Sets:
    """The photos of every split; classes that a run does not know are new, and not read."""
    labels = {name: label for label, name in enumerate(classes)}
    return {
        split: [_photo(path, folder, labels[name]) for name, paths in files.items() if name in labels for path in paths]
        for split, files in layout.splits.items()
    }


def _test_set(photos: Sets) -> list[_Photo]:
    return next(photos[split] for split in ("test", "validation", "all", "train") if split in photos)


def _assign(photos: Sets, classes: Sequence[str], folder: Path) -> Sets:
    """From the splits that a folder has to the sets of a source."""
    splits = photos.keys() - {"unlabelled"}
    if splits not in ({"all"}, {"train"}):
        if "train" not in splits:
            raise DataError(
                f"{folder} has {' and '.join(sorted(splits))} images, and none to train on: add a folder train"
            )
        return (
            photos
            if "test" in splits
            else {"test" if split == "validation" else split: photos[split] for split in photos}
        )
    (undivided,) = (photos[split] for split in splits)
    sets: Sets = {"train": [], "test": [], "unlabelled": photos["unlabelled"]}
    for label, name in enumerate(classes):
        members = [photo for photo in undivided if photo.label == label]
        if len(members) < 2:
            raise DataError(
                f"class folder {folder / name} has {'one image' if members else 'no image that can be read'}: training and test "
                "need one each, add images"
            )
        held = held_by_name([photo.name for photo in members], TEST_SHARE, 0, "test")
        for photo, out in zip(members, held, strict=True):
            sets["test" if out else "train"].append(photo)
    return sets


def _kept(photos: Sets, kept: KeptSplit, folder: Path, *, only_test: bool) -> Sets:
    """The photos of the lists of a run; what is new or gone is said.

    Raises:
        DataError: a photo that training goes on with is gone.
    """
    here = {photo.name: photo for each in photos.values() for photo in each}
    lists = {"train": kept.train, "validation": kept.validation, "test": kept.test, "unlabelled": kept.unlabelled}
    wanted = {"test": kept.test} if only_test else lists
    gone = [name for names in wanted.values() for name in names if name not in here]
    stopping = [name for name in kept.learnt if name not in here]
    if stopping and not only_test:
        raise DataError(
            f"{len(stopping)} images that the run learns from are gone from {folder}: {_few(stopping)}: put them back, or name "
            "the folder that they are in with --data"
        )
    new = here.keys() - {name for names in lists.values() for name in names}
    for what, names in (
        ("new since the run began: they are not used", sorted(new)),
        ("gone: they are not scored", gone),
    ):
        if names:
            _log.warning("note: %s images in %s are %s (%s)", len(names), folder, what, _few(names))
    return {split: [here[name] for name in names if name in here] for split, names in wanted.items()}


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} others" if len(names) > 5 else "")


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
        split: [_photo(path, folder, label) for label, paths in enumerate(files.values()) for path in paths]
        for split, files in (("train", train), ("test", test))
    }
    every = [photo.path for each in sets.values() for photo in each]
    good = decode(every, folder, image_size if in_memory(len(every), image_size) else None, reading or Reading())
    return _source(name, tuple(train), sets, good, image_size, shift_px)


def _source(
    name: str, classes: Sequence[str], sets: Sets, good: Mapping[Path, Decoded], size: int, shift_px: int | None = None
) -> DataSource:
    made = {split: _images(photos, good) for split, photos in sets.items() if photos}
    for split in ("train", "test"):
        if split not in made:
            raise DataError(f"the {'training' if split == 'train' else split} set of {name} has no image: add images")
    train, test, rest, validation = (made.get(split) for split in ("train", "test", "unlabelled", "validation"))
    if isinstance(train, ArraySet):
        shift_px = size // 8 if shift_px is None else shift_px
        source = array_source(name, classes, train, test, shift_px=shift_px, unlabelled=rest)  # type: ignore[arg-type]
        return replace(source, validation=validation)
    assert train is not None
    assert test is not None
    return DataSource(name, tuple(classes), 3, size, _MEAN, _STD, train, test, unlabelled=rest, validation=validation)


def _images(photos: Iterable[_Photo], good: Mapping[Path, Decoded]) -> ImageSet:
    photos = list(photos)
    labels, names = torch.tensor([photo.label for photo in photos]), tuple(photo.name for photo in photos)
    pixels = [pixels for photo in photos if (pixels := good[photo.path].pixels) is not None]
    if not pixels:
        return FileSet(tuple(photo.path for photo in photos), labels, names)
    return ArraySet(torch.stack(pixels), labels, names=names)
