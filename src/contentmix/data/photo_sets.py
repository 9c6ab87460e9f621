"""Which photos of a folder are learnt from, selected on and scored."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from contentmix.data.counted import are, counted
from contentmix.data.labels import UNKNOWN
from contentmix.data.layout import Layout
from contentmix.data.learnt import Learnt
from contentmix.data.reading import KeptSplit
from contentmix.data.splits import held_by_name
from contentmix.errors import DataError

TEST_SHARE = 0.2
_log = logging.getLogger("contentmix")


@dataclass(frozen=True)
class Photo:
    """A photo: where it is, its name in the data folder, and its class."""

    path: Path
    name: str
    label: int


Sets = dict[str, list[Photo]]


def photo_at(path: Path, folder: Path, label: int) -> Photo:
    """The photo at ``path`` in the data folder ``folder``."""
    return Photo(path, path.relative_to(folder).as_posix(), label)


def photos_of(folder: Path, layout: Layout, classes: Sequence[str]) -> Sets:
    """The photos of every split, and those without labels; classes that a run does not know are new, and not read."""
    labels = {name: label for label, name in enumerate(classes)}
    found = {
        split: [
            photo_at(path, folder, labels[name]) for name, paths in files.items() if name in labels for path in paths
        ]
        for split, files in layout.splits.items()
    }
    return {**found, "unlabelled": [photo_at(path, folder, UNKNOWN) for path in layout.unlabelled]}


def scored_photos(photos: Sets, avoid: Learnt, folder: Path) -> list[Photo]:
    """The test set of ``photos`` without those of ``avoid``, which runs learnt from; how many these are is said.

    Raises:
        DataError: none is left.
    """
    chosen = next(photos[split] for split in ("test", "validation", "all", "train") if split in photos)
    left = [photo for photo in chosen if photo.path not in avoid]
    out = len(chosen) - len(left)
    if chosen and not left:
        raise DataError(
            f"all {counted(out, 'image')} in {folder} were learnt from or selected on, and none is left to score: give a folder "
            "of other photos with --data, or leave it out for the run's own test set"
        )
    if out:
        _log.warning(
            "note: %s of %s in %s were learnt from or selected on: they are not scored",
            out,
            counted(len(chosen), "image"),
            folder,
        )
    return left


def say_unscored(scored: Sequence[Photo], classes: Sequence[str], folder: Path) -> None:
    """Say of which ``classes`` there is no image to score."""
    there = {photo.label for photo in scored}
    missing = [name for label, name in enumerate(classes) if label not in there]
    if scored and missing:
        _log.warning("note: %s has no image of %s to score: figures are of the other classes", folder, _few(missing))


def assigned(photos: Sets, classes: Sequence[str], folder: Path) -> Sets:
    """From the splits that a folder has to the sets of a source.

    Raises:
        DataError: there is nothing to train on, too little of a class, or a photo in two sets.
    """
    splits = photos.keys() - {"unlabelled"}
    if splits in ({"all"}, {"train"}):
        return _divided(photos, classes, folder)
    if "train" not in splits:
        raise DataError(f"{folder} has {' and '.join(sorted(splits))} images, and none to train on: add a folder train")
    _check_apart(photos, folder)
    if "test" in splits:
        return photos
    return {"test" if split == "validation" else split: each for split, each in photos.items()}


def _divided(photos: Sets, classes: Sequence[str], folder: Path) -> Sets:
    """Each class in two, by the names of its photos."""
    (undivided,) = (each for split, each in photos.items() if split != "unlabelled")
    sets: Sets = {"train": [], "test": [], "unlabelled": photos["unlabelled"]}
    of_class: list[list[Photo]] = [[] for _ in classes]
    for photo in undivided:
        of_class[photo.label].append(photo)
    for name, members in zip(classes, of_class, strict=True):
        if len(members) < 2:
            raise DataError(
                f"class folder {folder / name} has {'one image' if members else 'no image that can be read'}: training and test "
                "need one each, add images"
            )
        held = held_by_name([photo.name for photo in members], TEST_SHARE, 0, "test")
        for photo, out in zip(members, held, strict=True):
            sets["test" if out else "train"].append(photo)
    return sets


def _check_apart(photos: Sets, folder: Path) -> None:
    """Raise a ``DataError`` where links bring one file into two splits."""
    real_folder = cache(Path.resolve)  # to resolve every file takes a while where there are many

    def real(path: Path) -> Path:
        return path.resolve() if path.is_symlink() else real_folder(path.parent) / path.name

    first: dict[Path, Photo] = {}
    twice = []
    for split in ("train", "validation", "test"):
        here = {real(photo.path): photo for photo in photos.get(split, [])}
        twice += [(first[place], photo) for place, photo in here.items() if place in first]
        first = {**here, **first}
    if twice:
        one, other = twice[0]
        raise DataError(
            f"{counted(len(twice), 'image')} of {folder} {are(len(twice))} in two of its splits, {one.name} and {other.name} for "
            "one: remove the links, so that nothing is scored that was learnt from"
        )


def kept_photos(photos: Sets, kept: KeptSplit, folder: Path, *, only_test: bool) -> Sets:
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
            f"{_learnt(len(stopping))} {are(len(stopping))} gone from {folder}: {_few(stopping)}: put back what is missing, or "
            "name the folder that has it with --data"
        )
    new = here.keys() - {name for names in lists.values() for name in names} - set(kept.left_out)
    for what, names in (("new since the run began: not used", sorted(new)), ("gone: not scored", gone)):
        if names:
            number = len(names)
            _log.warning("note: %s in %s %s %s (%s)", counted(number, "image"), folder, are(number), what, _few(names))
    return {split: [here[name] for name in names if name in here] for split, names in wanted.items()}


def check_learnt(broken: Sequence[str], kept: KeptSplit, folder: Path) -> None:
    """Raise a ``DataError`` where any of the ``broken`` photos is one that training goes on with."""
    learnt = set(kept.learnt)
    stopping = [name for name in broken if name in learnt]
    if stopping:
        raise DataError(
            f"{_learnt(len(stopping))} in {folder} cannot be read any more: {_few(stopping)}: repair the files, or put back what "
            "the run began with"
        )


def _learnt(number: int) -> str:
    return f"{counted(number, 'image')} that the run learns from"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {counted(len(names) - 5, 'other')}" if len(names) > 5 else "")
