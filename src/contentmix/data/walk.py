"""Which files in a folder are read: nothing hidden, nothing twice, nothing that a run wrote."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from contentmix.files import LOCK


def is_run_folder(folder: Path) -> bool:
    """Whether ``folder`` is a run's, whose pictures and checkpoints are no data: its ``config.yaml`` names a method first.

    One that is about to begin has only claimed its folder (``alone_in``).
    """
    if (folder / LOCK).exists():
        return True
    try:
        with open(folder / "config.yaml", "rb") as file:
            return file.read(7) == b"method:"
    except OSError:
        return False


def subfolders(folder: Path) -> list[Path]:
    """The folders in ``folder`` that are read, by name: not hidden ones, nor those of runs; linked ones count."""
    found = (path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith("."))
    return [path for path in found if not is_run_folder(path)]


def files_in(folder: Path) -> list[Path]:
    """The files in ``folder`` and its ``subfolders``, at any depth and sorted; hidden ones do not count.

    A folder that is met again through a link, or that a link leads back to, is read once.
    """
    found: list[Path] = []
    _collect(folder, found, set())
    return sorted(found)


def _collect(folder: Path, found: list[Path], seen: set[Path]) -> None:
    real = folder.resolve()
    if real in seen:
        return
    seen.add(real)
    found += (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    # What is there itself comes before what is linked, so that its own names stand.
    for path in sorted(subfolders(folder), key=lambda each: (each.is_symlink(), each)):
        _collect(path, found, seen)


def find_photos(asked: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The photos that paths, folders and patterns mean, each once and in order.

    A path that exists is taken as it is, whatever its name. Of a folder, files count whose names end as those of images.

    Returns:
        The files, and what of ``asked`` is neither there nor matches anything, or is a folder without a photo.
    """
    endings = Image.registered_extensions()
    found: dict[Path, None] = {}
    missing = []
    for each in asked:
        here = [each] if each.exists() else [Path(name) for name in sorted(glob.glob(str(each), recursive=True))]
        photos = []
        for path in here:
            photos += [path] if path.is_file() else [file for file in files_in(path) if file.suffix.lower() in endings]
        if not photos:
            missing.append(each)
        found |= dict.fromkeys(photos)
    return list(found), missing
