"""Every photo of a folder decoded once before anything else, so that all that cannot be read are named together."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track
from torch import Tensor

from contentmix.data.counted import are, counted
from contentmix.data.photos import fit_square, open_photo, shorter_side
from contentmix.data.reading import Reading
from contentmix.errors import DataError
from contentmix.files import atomic_write

_log = logging.getLogger("contentmix")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Decoded:
    """What a photo turned out to be.

    Attributes:
        mode: Pillow's name of its kind of pixels, before they become RGB.
        broken: why it cannot be read, nothing where it can.
        pixels: (3, s, s) uint8, where they are kept in memory.
        side: the shorter one in pixels, as the file has it.
    """

    mode: str = ""
    broken: str = ""
    pixels: Tensor | None = None
    side: int = 0


def in_threads(work: Callable[[Path], _T], paths: Sequence[Path], progress: bool = False) -> list[_T]:
    """``work`` on every path, in order; Pillow decodes in as many threads at once as there are cores."""
    console = Console(stderr=True)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 16)) as pool:
        done: Iterable[_T] = pool.map(work, paths)
        if progress and console.is_terminal:
            done = track(done, "reading photos", len(paths), console=console, transient=True)
        return list(done)


def decode(paths: Sequence[Path], folder: Path, size: int | None, reading: Reading) -> dict[Path, Decoded]:
    """The photos among ``paths`` that can be read; say once which are not plain RGB, and which are left out.

    Args:
        paths: of the photos.
        folder: that they are in, for messages.
        size: side in pixels of those to keep in memory; None only checks files, and remembers those that were checked before
            by their size and time.
        reading: whether to leave out what is broken, to show progress, and where to remember.

    Raises:
        DataError: files cannot be read and are not to be left out; all are named.
    """

    def one(path: Path) -> Decoded:
        try:
            photo, mode = open_photo(path, 3)
        except DataError as error:
            return Decoded(broken=str(error))
        return Decoded(mode, "", None if size is None else fit_square(photo, size), min(photo.size))

    if size is None:
        found = _remembered(one, paths, folder, reading)
    else:
        found = dict(zip(paths, in_threads(one, paths, reading.progress), strict=True))
    broken = {path: each.broken for path, each in found.items() if each.broken}
    if broken:
        _tell(broken, len(paths), folder, reading)
    good = {path: each for path, each in found.items() if not each.broken}
    converted = Counter(each.mode for each in good.values() if each.mode != "RGB")
    if converted:
        kinds = ", ".join(f"{count} {mode}" for mode, count in sorted(converted.items()))
        of, number = counted(len(good), "image"), converted.total()
        _log.warning("note: in %s %s of %s %s converted to RGB, transparency to white", folder, kinds, of, are(number))
    return good


def shorter_sides(paths: Sequence[Path], folder: Path, reading: Reading) -> list[int]:
    """The shorter sides in pixels of the photos among ``paths``, as remembered or from their headers."""
    before = _read(_place(folder, reading.cache))

    def side(path: Path) -> int | None:
        known = before.get(str(path))
        return int(known[3]) if known is not None and known[:2] == _mark(path) else shorter_side(path)

    return [found for found in in_threads(side, paths, reading.progress) if found is not None]


def _tell(broken: dict[Path, str], count: int, folder: Path, reading: Reading) -> None:
    """Name all that cannot be read, as an error unless they are left out."""
    of = f"{len(broken)} of {counted(count, 'image')} in {folder}"
    if reading.skip_broken:
        names, number = ", ".join(map(str, broken)), len(broken)
        _log.warning("note: %s cannot be read and %s left out: %s", of, are(number), names)
        return
    (first, *others) = broken.values()
    if not others:
        raise DataError(f"{first}, or leave it out with --skip-broken" if reading.may_skip else first)
    # What each error says beside its remedy.
    reasons = "; ".join(text.partition(": repair")[0] for text in broken.values())
    remedy = "repair them, move them away, or leave them out with --skip-broken"
    if not reading.may_skip:
        remedy = "repair them or move them away"
    raise DataError(f"{of} cannot be read: {reasons}: {remedy}")


def _remembered(
    work: Callable[[Path], Decoded], paths: Sequence[Path], folder: Path, reading: Reading
) -> dict[Path, Decoded]:
    """As ``work`` finds them; files that were good before and have changed neither size nor time are not read again."""
    place = _place(folder, reading.cache)
    before = _read(place)
    marks = {path: _mark(path) for path in paths}
    found = {
        path: Decoded(before[str(path)][2], side=int(before[str(path)][3]))
        for path in paths
        if before.get(str(path), [])[:2] == marks[path]
    }
    new = [path for path in paths if path not in found]
    if new:
        found |= dict(zip(new, in_threads(work, new, reading.progress), strict=True))
        good = {str(path): [*marks[path], each.mode, str(each.side)] for path, each in found.items() if not each.broken}
        if place is not None:
            with suppress(DataError, OSError):  # it only saves time
                place.parent.mkdir(parents=True, exist_ok=True)
                atomic_write(place, json.dumps(good))
    return {path: found[path] for path in paths}


def _place(folder: Path, cache: Path | None) -> Path | None:
    if cache is None:
        return None
    return cache / "decoded" / f"{hashlib.blake2b(os.fsencode(folder.resolve()), digest_size=12).hexdigest()}.json"


def _read(place: Path | None) -> dict[str, list[str]]:
    """What was remembered: of each file its size and time, its mode and shorter side, as text."""
    if place is None:
        return {}
    try:
        found = json.loads(place.read_text())
        return {
            str(path): [*map(str, (size, time, mode)), str(int(side))]
            for path, (size, time, mode, side) in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _mark(path: Path) -> list[str]:
    try:
        status = path.stat()
    except OSError:
        return []
    return [str(status.st_size), str(status.st_mtime_ns)]
