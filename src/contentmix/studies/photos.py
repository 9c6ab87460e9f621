"""Whether the photos of a study are still those that its first runs were made with: figures of others are not to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contentmix.data import photo_names, read_split
from contentmix.errors import UsageError
from contentmix.runs.source import is_folder
from contentmix.studies.plan import Job


def check_photos(jobs: Sequence[Job]) -> None:
    """Raise a ``UsageError`` where photos have come or gone since a run was made, and other runs are still to be made."""
    if all(job.done for job in jobs):
        return
    for job in jobs:
        split, data = read_split(job.folder), job.config.run.data
        if split is None or not is_folder(data):
            continue
        known = {*split.learnt, *split.test, *split.left_out}
        here = photo_names(Path(data))
        changed = sorted(here ^ known)
        if changed:
            few = ", ".join(changed[:5]) + (", ..." if len(changed) > 5 else "")
            raise UsageError(
                f"{len(here - known)} photos have come to {data} and {len(known - here)} gone since run {job.folder} was made "
                f"({few}), so that figures of different photos would be compared: bring back the folder as it was, or choose "
                "another --out"
            )
