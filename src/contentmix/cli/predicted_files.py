"""The files of ``contentmix predict``, which are in order after each batch of photos."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import indent

from contentmix.cli.growing_file import GrowingFile
from contentmix.errors import DataError
from contentmix.runs.predict import Prediction

Said = Prediction | tuple[Path, DataError]


class CsvFile:
    """A line for each photo; those of which nothing can be said have nothing but an error.

    Args:
        path: of the file.
        top: how many classes are named.
        members: that vote.
    """

    def __init__(self, path: Path, top: int, members: int) -> None:
        ranks = [name for rank in range(1, top + 1) for name in (f"class_{rank}", f"probability_{rank}")]
        self._header = ["image", *ranks, *(f"member_{number}" for number in range(1, members + 1)), "doubt", "error"]
        self._file, self._begun = GrowingFile(path), False

    def add(self, said: Sequence[Said]) -> None:
        """Write what was said of some more photos."""
        buffer = io.StringIO()
        rows = csv.writer(buffer, lineterminator="\n")
        if not self._begun:
            rows.writerow(self._header)
        rows.writerows(self._row(each) for each in said)
        self._file.add(buffer.getvalue())
        self._begun = True

    def _row(self, said: Said) -> list[object]:
        if isinstance(said, tuple):
            path, reason = said
            return [_text(path), *[""] * (len(self._header) - 2), _text(reason)]
        best = [cell for pair in said.top for cell in pair]
        return [_text(said.path), *best, *said.votes, "" if said.doubt is None else said.doubt, ""]


class JsonFile:
    """A list of one object for each photo."""

    def __init__(self, path: Path) -> None:
        self._file, self._between = GrowingFile(path, end="\n]\n"), "[\n"

    def add(self, said: Sequence[Said]) -> None:
        """Write what was said of some more photos."""
        objects = (json.dumps(_object(each), indent=2, ensure_ascii=False, allow_nan=False) for each in said)
        self._file.add(self._between + ",\n".join(indent(each, "  ") for each in objects))
        self._between = ",\n"


def _object(said: Said) -> dict[str, object]:
    if isinstance(said, tuple):
        return {"image": _text(said[0]), "error": _text(said[1])}
    return {
        "image": _text(said.path),
        "classes": [{"class": name, "probability": prob} for name, prob in said.top],
        "votes": list(said.votes),
        "doubt": said.doubt,
    }


def _text(name: object) -> str:
    """``name`` as text that a file can hold: bytes of a path that are no text are written as escapes."""
    return str(name).encode("utf-8", "backslashreplace").decode()
