"""What ``contentmix reproduce`` and ``contentmix compare`` do with a study: perform what is missing, and say what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from contentmix.cli.console import open_console
from contentmix.cli.progress import StudyProgress
from contentmix.cli.tables import say_what_is_left_out
from contentmix.errors import ContentmixError
from contentmix.report import SUMMARY, label_of, summary_table
from contentmix.studies.findings import findings
from contentmix.studies.job import Job
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import verdicts, write_page
from contentmix.studies.plan import Request, plan
from contentmix.studies.run_study import run_study
from contentmix.studies.schedule import InTurn, Pool
from contentmix.studies.study import Study


def perform(request: Request, on: str = "local", address: str | None = None, jobs: int = 1) -> None:
    """Run what is missing of a study, print means over seeds, and write its page.

    Args:
        request: what of which study.
        on: ``local``, or ``ray`` for a cluster.
        address: of that cluster; None for one of this machine alone.
        jobs: runs at once on this machine.

    Raises:
        ContentmixError: some runs failed; those that did not are kept.
    """
    if on == "ray":
        request = replace(request, folder=request.folder.resolve())  # other nodes are elsewhere
    console, study = open_console(), request.study
    with StudyProgress(console, plan(request)) as board:
        outcome = run_study(request, on=_opener(on, address, jobs), watch=board)
    say_what_is_left_out(request, console)
    if outcome.jobs:
        _summarise(study, request.scale, outcome.jobs, request.folder, console)
    for name, reason in outcome.failed.items():
        console.print(f"failed: {name}: {reason}", soft_wrap=True)
    if outcome.failed:
        count = len(outcome.failed)
        raise ContentmixError(f"{count} run{'s' * (count > 1)} of {study.name} failed: the same command tries again")


def _opener(on: str, address: str | None, jobs: int) -> Callable[[], AbstractContextManager[Pool]]:
    if on == "local" and jobs == 1:
        return lambda: nullcontext(InTurn())
    if on == "local":
        from contentmix.studies.processes import side_by_side

        return lambda: side_by_side(jobs)
    from contentmix.studies.cluster import ray_pool

    return lambda: ray_pool(address)


def _summarise(study: Study, scale: str, jobs: Sequence[Job], folder: Path, console: Console) -> None:
    page = write_page(study, scale, folder, study.page(folder))
    asked = {job.row.name for job in jobs}
    measured = measured_rows(study, scale, folder)
    rows = [row for row in measured if row.name in asked]
    extra = {"also": _measured(rows), study.reference: _expected(rows)}
    console.print(summary_table([row.summary() for row in rows], extra))
    ensembles = "; ".join(row.words for row in rows if row.nets > 1)
    if ensembles:
        console.print(f"values of ensembles that share no network: {ensembles}", soft_wrap=True)
    if study.compares:
        for sentence in findings(measured, verdicts(study, scale, folder)):
            console.print(sentence, soft_wrap=True)
    console.print(f"report: {page}", soft_wrap=True)


def _measured(rows: Sequence[MeasuredRow]) -> dict[str, str]:
    """What the reference prints of each row and the columns of a summary do not show, as measured."""
    found = {}
    for row in rows:
        names = [name for name in row.expected if name not in SUMMARY and row.values(name)]
        found[row.name] = "\n".join(f"{name} {row.measured(name, label_of(name)[1])}" for name in names)
    return {name: text for name, text in found.items() if text}


def _expected(rows: Sequence[MeasuredRow]) -> dict[str, str]:
    """What the reference prints, at its own scale."""
    return {
        row.name: "\n".join(f"{name} {value}" for name, value in row.expected.items()) for row in rows if row.expected
    }
