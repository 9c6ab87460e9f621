"""Files that are either wholly written or not there, and folders that one process works in."""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from contentmix.errors import DataError, UsageError, require

LOCK = ".lock"
_TEMPORARY = re.compile(r"\..+\.(?P<pid>\d+)-[0-9a-f]{8}\.tmp")
_ABANDONED_SECONDS = 600.0  # No write takes so long; the number of a dead process may be another's by now.
_held: set[int] = set()  # open lock files of this process
_log = logging.getLogger(__name__)


def atomic_write(path: Path | str, content: bytes | str) -> None:
    """Write ``content`` (text as UTF-8) to ``path`` so that a crash at any moment leaves the old file or the new one.

    The content goes to a temporary file of the same folder, which is flushed to the disk and then renamed; the folder is
    flushed too, so that a power loss cannot undo the rename. A process killed in between leaves a ``.NAME.*.tmp`` behind,
    which nothing reads and ``sweep`` removes.

    Raises:
        DataError: the disk is full, or the folder is missing or read-only; the temporary file is removed and what stood
            at ``path`` before is untouched.
    """
    path = Path(path)
    # A name that is no UTF-8 is written by its codes.
    data = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        # "x": a name of our own, with the permissions that the user's umask gives (tempfile's would be private).
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        flush_folder(path.parent)
    except OSError as error:
        raise not_written(path, len(data), error) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def new_file(path: Path) -> Path:
    """``path`` itself, before the work whose result will be written there.

    Raises:
        UsageError: it exists, or its folder does not.
    """
    require(str(path) not in ("", "."), "the name of a file to write is empty: name a file")
    require(not path.exists(), f"{path} exists: remove it, or name another file")
    require(
        path.parent.is_dir(), f"{path} cannot be written: there is no folder {path.parent}; make it, or name another"
    )
    return path


def new_files(*paths: Path | None) -> None:
    """Find out that those of ``paths`` that are files to write are new, each as ``new_file``, and each a file of its own.

    Raises:
        UsageError: one exists or has no folder, or two are one file, however spelt.
    """
    asked = [new_file(path) for path in paths if path is not None]
    for number, path in enumerate(asked):
        for other in asked[:number]:
            require(
                path.resolve() != other.resolve(),
                f"{path} is asked for twice, by {other} too: name another file for one of them",
            )


def is_temporary(path: Path) -> bool:
    """Whether ``path`` is named as ``atomic_write`` names what is not yet whole."""
    return _TEMPORARY.fullmatch(path.name) is not None


def sweep(*folders: Path) -> None:
    """Remove what processes that died while writing left in ``folders``; call it where no other process works (``alone_in``)."""
    for path in (path for folder in folders for path in folder.glob(".*.tmp")):
        named = _TEMPORARY.fullmatch(path.name)
        with suppress(OSError):
            if named and (
                not _is_another(int(named["pid"])) or time.time() - path.stat().st_mtime > _ABANDONED_SECONDS
            ):
                path.unlink()


def _is_another(pid: int) -> bool:
    """Whether a process of this number lives that is not this one."""
    if pid == os.getpid():
        return False
    if os.name == "nt":  # where asking ends the process
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold ``folder``, made where it is missing, so that no second process works in it.

    The end of the process gives it back, however it comes: the operating system holds the lock, on a file ``.lock`` in the
    folder. Processes that are forked meanwhile do not hold it on. What was made for it, and nothing was written to, goes again.

    Raises:
        UsageError: another process holds it.
        DataError: the folder cannot be made or written to.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = _take(folder)
    except OSError as error:
        raise DataError(
            f"cannot write to {folder}: {error.strerror or error}; choose a folder that can be made and written to"
        ) from error
    _held.add(handle)
    try:
        yield
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
        _held.remove(handle)
        os.close(handle)
        with suppress(OSError):  # what is not empty stays
            for each in made:
                each.rmdir()


def _let_go() -> None:
    """In a forked process: a lock lasts until the last process that has its file open has closed it."""
    for handle in _held:
        os.close(handle)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


def _take(folder: Path) -> int:
    """The open lock file of ``folder``, locked."""
    path = folder / LOCK
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle, folder)
            # Who held it before may have removed the file in between: the lock is then on nothing.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    if os.name == "nt":  # has no such locks
        return
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"another process works on {folder}: let it finish, or choose another --out") from None
    except OSError as error:
        _log.warning(
            "contentmix: %s cannot be locked (%s): see that no second process works on it", folder, error.strerror
        )


def flush_folder(folder: Path) -> None:
    """Bring the names in ``folder`` to the disk, so that a power cut loses none of them."""
    if os.name == "nt":  # Windows cannot open a folder; its rename is journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def not_written(path: Path, size: int, error: OSError) -> DataError:
    """Why ``size`` bytes were not written to ``path``, where nothing that was there is lost."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DataError(
            f"disk full: {path} ({size:,} bytes) was not written and nothing was lost; free some space and try again"
        )
    return DataError(
        f"cannot write {path}: {error.strerror or error}; choose a folder that exists and can be written to"
    )
