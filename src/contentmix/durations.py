"""Times as people say them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Rounded, in the unit that suits it."""
    for unit, size, above in (("days", 86_400, 72 * 3_600), ("h", 3_600, 5_400), ("min", 60, 90)):
        if seconds >= above:
            return f"{seconds / size:,.1f} {unit}"
    return "under 1 s" if 0 < seconds < 1 else f"{seconds:.0f} s"
