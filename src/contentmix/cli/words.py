"""The words that the command line was given, for the records of what it does."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_given: ContextVar[tuple[str, ...]] = ContextVar("words of the command line")


@contextmanager
def given(words: Sequence[str]) -> Iterator[None]:
    """Inside, ``words`` are the command line's."""
    token = _given.set(tuple(words))
    try:
        yield
    finally:
        _given.reset(token)


def command_line() -> str:
    """The command, as a person would type it."""
    return shlex.join(["contentmix", *_given.get()])
