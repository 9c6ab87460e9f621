"""Which files in a folder are read: nothing hidden, nothing twice, nothing that a run wrote."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from contentmix.data.picture_kinds import is_image_name
from contentmix.files import LOCK

# What systems leave in folders unasked, in lower case: Windows, macOS, archives made there, Synology, disks of Linux.
SYSTEM_NAMES = (
    "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information", ".ds_store", "icon\r", "__macosx",
    "@eadir", "lost+found",
)  # fmt: skip


def is_hidden(name: str) -> bool:
    """Whether files and folders of this name are not read: hidden ones, and what systems leave (``SYSTEM_NAMES``)."""
    return name.startswith(".") or name.lower() in SYSTEM_NAMES


def is_run_folder(folder: Path) -> bool:
    """Whether ``folder`` is a run's, whose pictures and checkpoints are no data: its ``config.yaml`` names a method first.

    Comments may stand before it. One that is about to begin has only claimed its folder (``alone_in``).
    """
    if (folder / LOCK).exists():
        return True
    try:
        with open(folder / "config.yaml", "rb") as file:
            return next((line for line in file if not line.startswith(b"#")), b"").startswith(b"method:")
    except OSError:
        return False


def subfolders(folder: Path) -> list[Path]:
    """The folders in ``folder`` that are read, by name: not hidden ones, nor those of runs; linked ones count."""
    found = (path for path in sorted(folder.iterdir()) if path.is_dir() and not is_hidden(path.name))
    return [path for path in found if not is_run_folder(path)]


def direct_files(folder: Path) -> list[Path]:
    """The files that lie in ``folder`` itself, without hidden ones."""
    return [path for path in folder.iterdir() if path.is_file() and not is_hidden(path.name)]


def leads_back(link: Path, places: Sequence[Path]) -> bool:
    """Whether ``link`` is one to what is read in its own place: to what holds it or one of ``places``, or lies in one.

    Args:
        link: whatever path.
        places: resolved folders; what is hidden in them is not read there.
    """
    if not link.is_symlink():
        return False
    target = link.resolve()
    if any(each.is_relative_to(target) for each in (link.parent.resolve(), *places)):
        return True
    within = (target.relative_to(place).parts for place in places if target.is_relative_to(place))
    return any(not any(map(is_hidden, parts)) for parts in within)


def files_in(folder: Path, others: Sequence[Path] = ()) -> list[Path]:
    """The files in ``folder`` and its ``subfolders``, at any depth and sorted; hidden ones do not count.

    A link that ``leads_back`` to what lies in ``folder`` or one of ``others`` is not followed, any other one once.
    """
    places = [each.resolve() for each in (folder, *others)]
    return files_once(folder, places, set())


def files_once(folder: Path, places: Sequence[Path], seen: set[Path]) -> list[Path]:
    """``files_in`` of one of several folders that are read together.

    Args:
        folder: the one.
        places: all, resolved.
        seen: resolved folders and files that have been read and are not read again; these are added.
    """
    found: list[Path] = []
    _collect(folder, places, seen, found)
    return sorted(found)


def _collect(folder: Path, places: Sequence[Path], seen: set[Path], found: list[Path]) -> None:
    real = folder.resolve()
    if real in seen:
        return
    seen.add(real)
    # What is there itself comes before what is linked, so that its own names stand.
    for path in sorted(direct_files(folder), key=lambda each: (each.is_symlink(), each)):
        target = path.resolve() if path.is_symlink() else real / path.name
        if target not in seen and not leads_back(path, places):
            seen.add(target)
            found.append(path)
    for path in sorted(subfolders(folder), key=lambda each: (each.is_symlink(), each)):
        if not leads_back(path, places):
            _collect(path, places, seen, found)


def find_photos(asked: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The photos that paths, folders and patterns mean, each once and in order.

    A path that exists is taken as it is, whatever its name. Of a folder, files count whose names end as those of images.

    Returns:
        The files, and what of ``asked`` is neither there nor matches anything, or is a folder without a photo.
    """
    found: dict[Path, None] = {}
    missing = []
    for each in asked:
        here = [each] if each.exists() else [Path(name) for name in sorted(glob.glob(str(each), recursive=True))]
        photos = []
        for path in here:
            photos += [path] if path.is_file() else [file for file in files_in(path) if is_image_name(file)]
        if not photos:
            missing.append(each)
        found |= dict.fromkeys(photos)
    return list(found), missing
