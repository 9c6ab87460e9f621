"""Photos that runs have learnt from, known again by what they hold, wherever a copy of them lies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_BYTES = 2**16


def digest(path: Path) -> str:
    """What tells a file from others: its size in bytes, and a hash of its first 64 KiB, so that large ones are not read whole.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_BYTES)
    return f"{path.stat().st_size}-{hashlib.blake2b(start, digest_size=8).hexdigest()}"


@dataclass(frozen=True)
class Learnt:
    """Photos that are not to be scored.

    Attributes:
        paths: where they lie, resolved.
        digests: of what they hold (``digest``), empty for runs of versions that kept none.
    """

    paths: frozenset[Path] = frozenset()
    digests: frozenset[str] = frozenset()

    @cached_property
    def _sizes(self) -> frozenset[int]:
        return frozenset(int(each.partition("-")[0]) for each in self.digests)

    def __contains__(self, path: Path) -> bool:
        """Whether ``path`` is one of them, or a copy; a file that cannot be read is none."""
        try:
            return path.resolve() in self.paths or (path.stat().st_size in self._sizes and digest(path) in self.digests)
        except OSError:
            return False
