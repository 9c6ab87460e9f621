"""Photos that runs have learnt from, known again by what they hold, wherever a copy of them lies."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_BYTES, _PARTS = 2**16, 16


def digest(path: Path) -> str:
    """What tells a file from others: its size in bytes, and a hash of all that it holds, or of 16 parts where that is over 1 MiB.

    These are of 64 KiB and spread evenly, the first at its start and the last at its end, so that large files are not read whole;
    uncompressed photos of one plain background are alike at their start.

    Raises:
        OSError: it cannot be read.
    """
    last = max(path.stat().st_size - _BYTES, 0)
    return _digest(path, "parts-", sorted({last * part // (_PARTS - 1) for part in range(_PARTS)}))


def digest_of_start(path: Path) -> str:
    """``digest`` as the lists of older runs have it: of the size and the first 64 KiB."""
    return _digest(path, "", [0])


def _digest(path: Path, rule: str, places: Sequence[int]) -> str:
    content = hashlib.blake2b(digest_size=8)
    with path.open("rb") as file:
        for place in places:
            file.seek(place)
            content.update(file.read(_BYTES))
    return f"{path.stat().st_size}-{rule}{content.hexdigest()}"


@dataclass(frozen=True)
class Learnt:
    """Photos that are not to be scored.

    Attributes:
        paths: where they lie, resolved.
        digests: of what they hold (``digest``, ``digest_of_start``), empty for runs of versions that kept none.
    """

    paths: frozenset[Path] = frozenset()
    digests: frozenset[str] = frozenset()

    @cached_property
    def _sizes(self) -> frozenset[int]:
        return frozenset(int(each.partition("-")[0]) for each in self.digests)

    def __contains__(self, path: Path) -> bool:
        """Whether ``path`` is one of them, or a copy; a file that cannot be read is none."""
        try:
            return path.resolve() in self.paths or (path.stat().st_size in self._sizes and self._holds_copy(path))
        except OSError:
            return False

    def _holds_copy(self, path: Path) -> bool:
        return digest(path) in self.digests or digest_of_start(path) in self.digests
