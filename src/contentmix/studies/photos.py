"""Whether the photos of a study are still those that its first runs were made with: figures of others are not to be compared."""

from __future__ import annotations

from collections.abc import Sequence

from contentmix.errors import UsageError
from contentmix.runs.source import changed_photos
from contentmix.studies.job import Job


def check_photos(jobs: Sequence[Job]) -> None:
    """Raise a ``UsageError`` where photos have come or gone since a run was made, and other runs are still to be made."""
    if all(job.done for job in jobs):
        return
    for job in jobs:
        new, gone = changed_photos(job.config.run.data, job.folder)
        changed = sorted([*new, *gone])
        if changed:
            few = ", ".join(changed[:5]) + (", ..." if len(changed) > 5 else "")
            raise UsageError(
                f"photos in {job.config.run.data} have changed since run {job.folder} was made, {len(new)} new and {len(gone)} "
                f"gone ({few}), so that figures of different photos would be compared: bring back the folder as it was, or "
                "choose another --out"
            )
