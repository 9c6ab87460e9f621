"""Errors that a user can act on.

Every message is one line that names the thing, the value it has, the values that are valid, and the remedy. The command
line prints that line alone and exits with the class's ``exit_code``; a library user catches ``ContentmixError``.
"""

from __future__ import annotations

from collections.abc import Iterable


class ContentmixError(Exception):
    """Work that failed for a reason outside the program (exit code 1)."""

    exit_code = 1


class UsageError(ContentmixError, ValueError):
    """A request that cannot be carried out as asked: a name, an option or a value (exit code 2)."""

    exit_code = 2


class DataError(ContentmixError):
    """Data that are missing, unreadable or do not fit the task (exit code 1)."""


class CheckpointError(ContentmixError):
    """A run's saved state that is missing or damaged (exit code 1)."""


class Interrupted(ContentmixError):
    """Work that the user stopped, and how to go on with it (exit code 130)."""

    exit_code = 130


# What torch says of memory that there is not, or that no machine has.
_NO_MEMORY = (
    "not enough memory",
    "can't allocate memory",
    "out of memory",
    "Storage size calculation overflowed",
    "integer multiplication overflow",
    "bad allocation",
    "std::bad_alloc",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that memory ran out, on whatever device."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(text in str(error) for text in _NO_MEMORY)
    )


def unknown(kind: str, name: object, valid: Iterable[str]) -> UsageError:
    """The error for a name that is not one of ``valid``: it suggests the nearest and lists them all."""
    import difflib

    names = sorted(valid)
    near = difflib.get_close_matches(str(name), names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return UsageError(f"unknown {kind} '{name}'{hint} (valid: {', '.join(names)})")


def kind_of(value: object) -> str:
    """What ``value`` is, for an error about its type."""
    return f"the class {value.__name__} and no object of it" if isinstance(value, type) else type(value).__name__


def require(condition: bool, message: str) -> None:
    """Raise ``UsageError(message)`` unless ``condition`` holds."""
    if not condition:
        raise UsageError(message)
