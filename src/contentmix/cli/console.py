"""The terminal: whatever is printed is shown as it is, names with [brackets] or :words: in them too."""

from __future__ import annotations

from rich.console import Console


def open_console(*, stderr: bool = False) -> Console:
    """A console that takes no text for markup, in tables neither."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)
