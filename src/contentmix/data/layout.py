"""How a folder of photos is laid out: folders of classes, or splits with folders of classes in each."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contentmix.data.counted import are, counted
from contentmix.data.picture_kinds import is_image_name
from contentmix.data.walk import (
    direct_files,
    files_in,
    files_once,
    find_photos,
    is_run_folder,
    leads_back,
    subfolders,
)
from contentmix.errors import DataError

# The names of splits, in any case.
SPLITS = {"train": ("train", "training"), "validation": ("val", "valid", "validation"), "test": ("test", "testing")}
UNLABELLED = ("unlabeled", "unlabelled")
# Words of what is meant as a split: of one folder at the beginning of its name, of two anywhere in theirs.
_LIKE_SPLITS = re.compile(r"(train|val|test|dev|eval|holdout)(ing|id|idation|uation)?(set|data|images|photos)?s?")
# What ends such names only, as shorter words and as parts of one kind.
_SHORT, _PARTS = ("tr", "trn", "te", "tst"), ("fold", "split", "partition")
_CASE_CHANGES = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_USUAL = "splits are train (or training), val (valid, validation) and test (testing)"
_log = logging.getLogger("contentmix")

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

    Hidden ones, ``unlabeled``, folders of runs or of nothing but runs, and links that lead back do not count, but for links to
    another of them.
    """
    real = folder.resolve()
    found = (path for path in subfolders(folder) if path.name.lower() not in UNLABELLED)
    found = (path for path in found if not leads_back(path, [real]) or path.resolve().parent == real)
    return {path.name: path for path in found if not _holds_only_runs(path)}


def photo_names(folder: Path) -> set[str]:
    """The names in ``folder`` of all its photos.

    Raises:
        DataError: of ``read_layout``.
    """
    layout = read_layout(folder)
    places = [path for files in layout.splits.values() for paths in files.values() for path in paths]
    return {path.relative_to(folder).as_posix() for path in (*places, *layout.unlabelled)}


def read_layout(folder: Path, *, scored: bool = False) -> Layout:
    """Find the classes and splits of ``folder``.

    Args:
        folder: of photos.
        scored: nothing is learnt from them: one class will do, and splits may have different ones.

    Raises:
        DataError: an empty folder, fewer than two classes, splits of different classes, one folder as two classes, or what looks
            like splits and is none.
    """
    splits = _splits(folder)
    fewest = 1 if scored else 2
    files = {name: _files(place, fewest) for name, place in splits.items()} or {"all": _files(folder, fewest)}
    first, *others = files
    for other in others:
        if list(files[other]) != list(files[first]) and not scored:
            odd = sorted(set(files[other]) ^ set(files[first]))
            raise DataError(
                f"{splits[first]} and {splits[other]} have different classes ({', '.join(odd[:5])}): each needs the same folders"
            )
    for place in (folder, *splits.values()):
        stray = [path for path in direct_files(place) if is_image_name(path)]
        if stray:
            number, have = len(stray), "has" if len(stray) == 1 else "have"
            _log.warning(
                "note: %s directly in %s %s no class and %s not used",
                counted(number, "image"),
                place,
                have,
                are(number),
            )
    within = [folder] if "train" not in splits else [folder, splits["train"]]
    places = [path for each in within for path in subfolders(each) if path.name.lower() in UNLABELLED]
    own = [path for path in places if not leads_back(path, [folder.resolve()])]
    classes = tuple(sorted({name for each in files.values() for name in each}))
    return Layout(classes, files, [file for place in own for file in _some(place, folder)])


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
    like = {path: kind for path in every.values() if (kind := _split_kind(path.name)) and _is_split_like(path)}
    if len(set(like.values())) > 1 or any(_LIKE_SPLITS.fullmatch(_words(path.name)[0]) for path in like):
        first = next(iter(like))
        raise DataError(
            f"{first} looks like a split, but {folder} has folders {', '.join(every)}: {_USUAL}, with nothing beside them"
        )
    return {}


def _words(name: str) -> list[str]:
    """The words of a folder's name, in lower case: they end at signs, digits and changes of case."""
    parted = re.split(r"[\W\d_]+", _CASE_CHANGES.sub(" ", name))
    return [word.lower() for word in parted if word] or [""]


def _split_kind(name: str) -> str:
    """What split a folder of this name may be meant as; nothing for other names."""
    words = _words(name)
    found = next(filter(None, map(_LIKE_SPLITS.fullmatch, words)), None)
    if found is not None:
        return found[1]
    if words[-1] in _SHORT:
        return words[-1]
    return name if words[-1] in _PARTS else ""


def _is_split_like(folder: Path) -> bool:
    """Whether ``folder`` holds folders, and no image beside them."""
    return bool(subfolders(folder)) and not any(map(is_image_name, direct_files(folder)))


def _holds_only_runs(folder: Path) -> bool:
    """Whether there are runs in ``folder``, also some that were compared, with their pages, and no photo beside them."""
    return _has_runs(folder) and not find_photos([folder])[0]


def _has_runs(folder: Path) -> bool:
    inside = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    return any(is_run_folder(path) or _has_runs(path) for path in inside)


def _some(folder: Path, data: Path) -> list[Path]:
    found = files_in(folder, [data])
    if not found:
        raise DataError(f"folder {folder} is empty: add images, or remove it")
    return found


def _files(folder: Path, fewest: int) -> dict[str, list[Path]]:
    """The files of every class in ``folder``."""
    classes = class_folders(folder)
    places: dict[Path, Path] = {}
    for path in sorted(classes.values(), key=lambda each: (each.is_symlink(), each)):
        twin = places.setdefault(path.resolve(), path)
        if twin is not path:
            raise DataError(f"class folder {path} is a link to the same folder as {twin}: remove one of them")
    seen: set[Path] = set()
    found = {name: files_once(path, [folder.resolve(), *places], seen) for name, path in classes.items()}
    empty = [name for name, files in found.items() if not files]
    if empty:
        raise DataError(f"class folder {folder / empty[0]} is empty: add images or remove it")
    if len(found) < fewest:
        raise DataError(
            f"{folder} has {counted(len(found), 'class folder')}: it needs one folder of images for each of "
            f"{'its classes' if fewest == 1 else '2 classes or more'}"
        )
    return found
