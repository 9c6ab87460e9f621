"""What a call says, and counts of what was tried, kept for the record of a full run (``FAULTS_RECORD`` names its file)."""

import json
import os
from collections import Counter
from pathlib import Path

_counts: dict[str, Counter] = {}


def note(kind, *, noticed=True, times=1):
    """One more of a kind of fault: noticed or made good, or harmless."""
    _counts.setdefault(kind, Counter())["noticed" if noticed else "harmless"] += times
    if path := os.environ.get("FAULTS_RECORD"):
        Path(path).write_text(
            json.dumps({kind: dict(counts) for kind, counts in sorted(_counts.items())}, indent=2) + "\n"
        )


def tried(call, kind):
    """What ``call`` says where it raises an error of the ``kind``, and what it returns."""
    try:
        return "", call()
    except kind as error:
        return str(error), None
