"""Counts of what was tried, kept for the record of a full run; what a call says."""

import json
import os
import subprocess
from pathlib import Path

import pytest

_PARTS: dict[str, dict] = {}


@pytest.fixture
def note(record_property):
    """Counts a fault by its kind and what became of it: made good, noticed, harmless ..."""
    counts: dict[str, dict[str, int]] = {}
    record_property("faults", counts)  # counted in place: a test that fails has said what it tried

    def count(kind, became, times=1):
        counts.setdefault(kind, {})
        counts[kind][became] = counts[kind].get(became, 0) + times

    return count


def keep(report):
    """Add a test's report to the figures of its file, a part of the record that ``FAULTS_RECORD`` names; other parts stay."""
    path = os.environ.get("FAULTS_RECORD")
    if not path or (report.when != "call" and not report.failed):
        return
    name = Path(report.location[0]).stem.removeprefix("test_")
    part = _PARTS.setdefault(name, {"commit": _commit(), "tests": 0, "failed": 0, "seconds": 0.0, "tried": {}})
    part["tests"] += 1
    part["failed"] += report.failed
    part["seconds"] = round(part["seconds"] + report.duration, 1)
    for counts in (value for key, value in report.user_properties if key == "faults"):
        for kind, became in counts.items():
            of_kind = part["tried"].setdefault(kind, {})
            for word, times in became.items():
                of_kind[word] = of_kind.get(word, 0) + times
    before = json.loads(Path(path).read_text()) if Path(path).exists() else {}
    Path(path).write_text(json.dumps(dict(sorted({**before, **_PARTS}.items())), indent=2) + "\n")


def _commit():
    def git(*words):
        return subprocess.run(["git", *words], cwd=Path(__file__).parent, capture_output=True, text=True).stdout.strip()

    changed = " with changes" if git("status", "--porcelain", "--untracked-files=no", "src", "tests") else ""
    return git("rev-parse", "--short=10", "HEAD") + changed


def tried(call, kind):
    """What ``call`` says where it raises an error of the ``kind``, and what it returns."""
    try:
        return "", call()
    except kind as error:
        return str(error), None
