"""Runs that several studies have: trained for one, taken over by the others."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from contentmix.errors import ContentmixError
from contentmix.files import LOCK
from contentmix.options.run import ELSEWHERE
from contentmix.report.record import RESULTS
from contentmix.runs.config import Config, read_config_file, with_effect
from contentmix.runs.folder import LOGS, has_results
from contentmix.runs.model import MODEL
from contentmix.runs.source import changed_photos
from contentmix.studies.job import Job


def twin(job: Job) -> Path | None:
    """A finished run of the options, seed and photos of ``job``, in a study's folder beside its own or in that; None without one.

    Runs that take other runs have no twin: what these are is not said by an option.
    """
    records = sorted(job.folder.parent.parent.glob(f"*/*-seed{job.seed}/{RESULTS}"))
    # An ensemble has the options of its members, but no network; nor has a record that is kept without.
    runs = [path.parent for path in records if path.with_name(MODEL).exists()]
    if job.of or job.row.takes() or not runs:
        return None
    data = job.config.run.data
    same = (run for run in runs if _made(run, job.config.method) == job.options and has_results(run))
    return next((run for run in same if _has_photos_of(run, data)), None)


def take_over(run: Path, folder: Path) -> None:
    """Make ``folder`` a copy of ``run``, whole or not at all.

    Where the file system has hard links its files take no room, but for those that loggers write in place.
    """

    def place(source: str, target: str) -> None:
        logged = Path(source).relative_to(run).parts[0] in LOGS
        (shutil.copy2 if logged else _link)(source, target)

    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    # A lock is on a file, whatever its name: it is no part of the copy. Nor is what a killed process was writing.
    shutil.copytree(run, partial, copy_function=place, ignore=shutil.ignore_patterns(LOCK, ".*.tmp"))
    partial.replace(folder)


def _made(run: Path, method: str) -> dict[str, Any] | None:
    try:
        options = with_effect(read_config_file(run / "config.yaml"))
    except ContentmixError:  # that folder is not this study's concern
        return None
    # An option that is younger than the run had its default's effect.
    if options.get("method") != method:
        return None
    return {name: value for name, value in {**Config(method).flat(), **options}.items() if name not in ELSEWHERE}


def _has_photos_of(run: Path, data: str) -> bool:
    """Whether no photo of ``data`` has come or gone since ``run`` was made."""
    try:
        return not changed_photos(data, [run])
    except ContentmixError:  # that folder is not this study's concern
        return False


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
