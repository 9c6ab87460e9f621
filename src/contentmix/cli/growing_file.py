"""A file of work that takes long: what was done of it is kept, whatever ends it."""

from __future__ import annotations

import io
import os
from pathlib import Path

from contentmix.files import flush_folder, not_written


class GrowingFile:
    """A new file that stands under its name from its first part on, and is in order after every part.

    ``atomic_write`` would leave nothing of work that is interrupted or killed.

    Args:
        path: of the file.
        end: what it always ends with; the next part takes its place.
    """

    def __init__(self, path: Path, end: str = "") -> None:
        self._path, self._end, self._size = path, end.encode(), 0

    def add(self, part: str) -> None:
        """Write ``part``, as UTF-8, before the end.

        Raises:
            DataError: it cannot be written, or the first part finds a file there; what there is stays as it was.
        """
        content = part.encode(errors="backslashreplace") + self._end
        try:
            with open(self._path, "r+b" if self._size else "xb", buffering=0) as file:
                self._replace_end(file, content)
        except OSError as error:
            raise not_written(self._path, len(content), error) from error

    def _replace_end(self, file: io.FileIO, content: bytes) -> None:
        place = max(self._size - len(self._end), 0)
        try:
            _write(file, place, content)
            os.fsync(file.fileno())
            if not self._size:
                flush_folder(self._path.parent)
        except BaseException:  # Ctrl-C too
            if self._size:
                file.truncate(self._size)
                _write(file, place, self._end)
            else:
                self._path.unlink()
            raise
        self._size = place + len(content)


def _write(file: io.FileIO, place: int, content: bytes) -> None:
    file.seek(place)
    while content:
        content = content[file.write(content) :]
