"""Numbers of things in messages."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 image``, or ``2 images``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


def are(number: int) -> str:
    """What so many things do: one is, others are."""
    return "is" if number == 1 else "are"
