"""Class folders: one folder of images per class, the folder's name being the class's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from contentmix.data.labels import UNKNOWN
from contentmix.data.photos import check_photos, read_image
from contentmix.data.source import ArraySet, DataSource, FileSet, array_source
from contentmix.data.splits import stratified_split
from contentmix.errors import DataError

DEFAULT_SIZE = 224
LARGEST_IN_MEMORY = 64
TEST_SHARE = 0.2
UNLABELLED = ("unlabeled", "unlabelled")
# Of ImageNet, the usual constants where a set is too large to be averaged.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def class_folders(folder: Path) -> dict[str, Path]:
    """The class folders in ``folder`` by name, in alphabetical order; hidden ones and ``unlabeled`` do not count."""
    found = (path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith("."))
    return {path.name: path for path in found if path.name not in UNLABELLED}


def _images(folder: Path) -> list[Path]:
    """The image files in ``folder``, subfolders included; hidden files do not count."""
    return sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))


def _files(folder: Path) -> dict[str, list[Path]]:
    """The image files of every class in ``folder``."""
    found = {}
    for name, path in class_folders(folder).items():
        found[name] = _images(path)
        if not found[name]:
            raise DataError(f"class folder {path} is empty: add images or remove it")
    if len(found) < 2:
        raise DataError(
            f"{folder} has {len(found)} class folder(s): it needs one folder of images for each of 2 classes or more"
        )
    return found


def folder_source(folder: Path, image_size: int | None) -> DataSource:
    """The photos in ``folder``, scaled to squares of ``image_size`` px (default: 224).

    With subfolders ``train`` and ``test`` (or ``val``) these are the sets; otherwise a fixed fifth of every class is the
    test set. Photos in a subfolder ``unlabeled`` are learnt from without labels. Images up to 64 px are
    kept in memory, larger ones are decoded when needed.

    Raises:
        DataError: an empty class or ``unlabeled`` folder, a class missing from a set, a file that is no image.
    """
    size = DEFAULT_SIZE if image_size is None else image_size
    held = next((folder / name for name in ("test", "val") if (folder / name).is_dir()), None)
    if (folder / "train").is_dir() and held is not None:
        train, test = _files(folder / "train"), _files(held)
        if list(train) != list(test):
            odd = sorted(set(train) ^ set(test))
            raise DataError(
                f"{folder / 'train'} and {held} have different classes ({', '.join(odd[:5])}): each needs the same folders"
            )
    else:
        train, test = {}, {}
        for name, paths in _files(folder).items():
            if len(paths) < 2:
                raise DataError(
                    f"class folder {folder / name} has one image: training and test need one each, add images"
                )
            stay, out = stratified_split(torch.zeros(len(paths), dtype=torch.long), TEST_SHARE, 0, f"test of {name}")
            train[name], test[name] = ([paths[i] for i in index.tolist()] for index in (stay, out))
    unlabelled = []
    for place in (within / name for within in (folder, folder / "train") for name in UNLABELLED):
        found = _images(place) if place.is_dir() else None
        unlabelled += found or []
        if found == []:
            raise DataError(f"folder {place} is empty: add images, or remove it")
    return tree_source(folder.resolve().name, folder, train, test, unlabelled, image_size=size)


def tree_source(
    name: str,
    folder: Path,
    train: Mapping[str, Sequence[Path]],
    test: Mapping[str, Sequence[Path]],
    unlabelled: Sequence[Path] = (),
    *,
    image_size: int,
    shift_px: int | None = None,
) -> DataSource:
    """A data set from the files of each class, and those of none, in memory if the images are small.

    There they are shifted by up to ``shift_px``, an eighth of their side unless told otherwise.
    """
    files = [_file_set(train), _file_set(test)]
    if unlabelled:
        files.append(FileSet(tuple(unlabelled), torch.full((len(unlabelled),), UNKNOWN)))
    check_photos([path for split in files for path in split.paths], folder)
    if image_size > LARGEST_IN_MEMORY:
        return DataSource(
            name,
            tuple(train),
            3,
            image_size,
            _MEAN,
            _STD,
            files[0],
            files[1],
            unlabelled=files[2] if unlabelled else None,
        )
    arrays = [ArraySet(torch.stack([read_image(path, image_size, 3) for path in s.paths]), s.labels) for s in files]
    shift_px = image_size // 8 if shift_px is None else shift_px
    rest = arrays[2] if unlabelled else None
    return array_source(name, tuple(train), arrays[0], arrays[1], shift_px=shift_px, unlabelled=rest)


def _file_set(files: Mapping[str, Sequence[Path]]) -> FileSet:
    labels = [label for label, paths in enumerate(files.values()) for _ in paths]
    return FileSet(tuple(path for paths in files.values() for path in paths), torch.tensor(labels))
