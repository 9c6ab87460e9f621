"""Whether the photos of a study are still those that its first runs were made with: figures of others are not to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contentmix.errors import UsageError
from contentmix.runs.source import changed_photos
from contentmix.studies.job import Job


def check_photos(jobs: Sequence[Job]) -> None:
    """Raise a ``UsageError`` where photos have come or gone since a run was made, and other runs are still to be made.

    A run that was made of another folder tells nothing of this one: what is wrong with it ``Job.check`` says.
    """
    if all(job.done for job in jobs):
        return
    runs: dict[str, list[Path]] = {}
    for job in jobs:
        if job.of_these_data:
            runs.setdefault(job.config.run.data, []).append(job.folder)
    for data, folders in runs.items():
        for folder, (new, gone) in changed_photos(data, folders).items():
            changed = sorted([*new, *gone])
            few = ", ".join(changed[:5]) + (", ..." if len(changed) > 5 else "")
            raise UsageError(
                f"photos in {data} have changed since run {folder} was made, {len(new)} new and {len(gone)} gone ({few}), so "
                "that figures of different photos would be compared: bring back the folder as it was, or choose another --out"
            )
