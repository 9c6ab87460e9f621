"""Files that are either wholly written or not there: every write of a run goes through ``atomic_write``."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from contentmix.errors import DataError, require


def atomic_write(path: Path | str, content: bytes | str) -> None:
    """Write ``content`` (text as UTF-8) to ``path`` so that a crash at any moment leaves the old file or the new one.

    The content goes to a temporary file of the same folder, which is flushed to the disk and then renamed; the folder is
    flushed too, so that a power loss cannot undo the rename. A process killed in between leaves a ``.NAME.*.tmp`` behind,
    which nothing reads.

    Raises:
        DataError: the disk is full, or the folder is missing or read-only; the temporary file is removed and what stood
            at ``path`` before is untouched.
    """
    path = Path(path)
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        # "x": a name of our own, with the permissions that the user's umask gives (tempfile's would be private).
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        raise DataError(_explain(path, len(data), error)) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def new_file(path: Path) -> Path:
    """``path`` itself, before the work whose result will be written there.

    Raises:
        UsageError: it exists.
    """
    require(not path.exists(), f"{path} exists: remove it, or name another file")
    return path


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder; its rename is journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _explain(path: Path, size: int, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"disk full: {path} ({size:,} bytes) was not written and nothing was lost; free some space and try again"
    return f"cannot write {path}: {error.strerror or error}; choose a folder that exists and can be written to"
