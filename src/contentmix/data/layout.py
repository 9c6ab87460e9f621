"""How a folder of photos is laid out: folders of classes, or splits with folders of classes in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contentmix.data.walk import files_in, find_photos, is_run_folder, subfolders
from contentmix.errors import DataError

# The names of splits, in any case.
SPLITS = {"train": ("train", "training"), "validation": ("val", "valid", "validation"), "test": ("test", "testing")}
UNLABELLED = ("unlabeled", "unlabelled")
_LIKE_SPLITS = re.compile(r"(train|val|test|dev|eval|holdout)(ing|id|idation|uation)?([^a-z].*)?", re.IGNORECASE)
_USUAL = "splits are train (or training), val (valid, validation) and test (testing)"

Files = Mapping[str, list[Path]]


@dataclass(frozen=True)
class Layout:
    """The files of a folder.

    Attributes:
        classes: their names, in order.
        splits: the files of every class in each split that the folder has; with no split of its own it has ``all``.
        unlabelled: files without a class.
    """

    classes: tuple[str, ...]
    splits: Mapping[str, Files]
    unlabelled: list[Path] = field(default_factory=list)


def class_folders(folder: Path) -> dict[str, Path]:
    """The class folders in ``folder`` by name, in alphabetical order.

    Hidden ones, ``unlabeled``, and folders of runs or of nothing but runs do not count.
    """
    found = (path for path in subfolders(folder) if path.name.lower() not in UNLABELLED)
    return {path.name: path for path in found if not _holds_only_runs(path)}


def read_layout(folder: Path) -> Layout:
    """Find the classes and splits of ``folder``.

    Raises:
        DataError: an empty folder, fewer than two classes, splits of different classes, or what looks like splits and is none.
    """
    splits = _splits(folder)
    files = {name: _files(place) for name, place in splits.items()} or {"all": _files(folder)}
    first, *others = files
    for other in others:
        if list(files[other]) != list(files[first]):
            odd = sorted(set(files[other]) ^ set(files[first]))
            raise DataError(
                f"{splits[first]} and {splits[other]} have different classes ({', '.join(odd[:5])}): each needs the same folders"
            )
    within = [folder] if "train" not in splits else [folder, splits["train"]]
    places = [path for each in within for path in subfolders(each) if path.name.lower() in UNLABELLED]
    return Layout(tuple(files[first]), files, [file for place in places for file in _some(place)])


def _splits(folder: Path) -> dict[str, Path]:
    """The folders of splits in ``folder`` by what they are for, none where its folders are classes."""
    every = class_folders(folder)
    found: dict[str, Path] = {}
    for split, names in SPLITS.items():
        same = [path for name, path in every.items() if name.lower() in names]
        if len(same) > 1 and any(_is_split_like(path) for path in same):
            raise DataError(f"{same[0]} and {same[1]} are both named as the {split} split: keep one of them")
        if same:
            found[split] = same[-1]
    classes = [path for path in every.values() if path not in found.values()]
    whole = not classes and (len(found) > 1 or any(map(_is_split_like, found.values())))
    if whole:
        return found
    # Folders of classes have photos in them, even one that is named train among bus and car.
    like = [path for path in every.values() if _LIKE_SPLITS.fullmatch(path.name) and _is_split_like(path)]
    if like:
        raise DataError(
            f"{like[0]} looks like a split, but {folder} has folders {', '.join(every)}: {_USUAL}, with nothing beside them"
        )
    return {}


def _is_split_like(folder: Path) -> bool:
    """Whether ``folder`` holds folders and no file."""
    return bool(subfolders(folder)) and not any(
        path.is_file() and not path.name.startswith(".") for path in folder.iterdir()
    )


def _holds_only_runs(folder: Path) -> bool:
    """Whether there are runs in ``folder``, also some that were compared, with their pages, and no photo beside them."""
    return _has_runs(folder) and not find_photos([folder])[0]


def _has_runs(folder: Path) -> bool:
    inside = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    return any(is_run_folder(path) or _has_runs(path) for path in inside)


def _some(folder: Path) -> list[Path]:
    found = files_in(folder)
    if not found:
        raise DataError(f"folder {folder} is empty: add images, or remove it")
    return found


def _files(folder: Path) -> dict[str, list[Path]]:
    """The files of every class in ``folder``."""
    found = {name: files_in(path) for name, path in class_folders(folder).items()}
    empty = [name for name, files in found.items() if not files]
    if empty:
        raise DataError(f"class folder {folder / empty[0]} is empty: add images or remove it")
    if len(found) < 2:
        raise DataError(
            f"{folder} has {len(found)} class folder(s): it needs one folder of images for each of 2 classes or more"
        )
    return found
