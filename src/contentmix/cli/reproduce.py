"""``contentmix reproduce``: a table of the thesis, run and summarised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rich.console import Console

from contentmix.cli.console import open_console
from contentmix.cli.progress import StudyProgress
from contentmix.cli.tables import find_table, say_what_is_left_out
from contentmix.errors import ContentmixError
from contentmix.report import SUMMARY, label_of, summary_table
from contentmix.runs.config import read_config_file
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import write_page
from contentmix.studies.plan import Job, Request, plan
from contentmix.studies.run_study import run_study
from contentmix.studies.schedule import InTurn, Pool
from contentmix.studies.study import Study


def reproduce_table(
    number: str,
    rows: Sequence[str] | None,
    scale: str,
    seeds: int,
    out: Path | None,
    options: Path | None = None,
    on: str = "local",
    address: str | None = None,
    jobs: int = 1,
) -> None:
    """Run what is missing of the table, print means over seeds, and write its page."""
    table = find_table(number)
    given = {} if options is None else read_config_file(options)
    folder = out or table.folder(scale)
    if on == "ray":
        folder = folder.resolve()  # other nodes are elsewhere
    request = Request(table, folder, scale, rows, seeds, given, options)
    console = open_console()
    with StudyProgress(console, plan(request)) as board:
        outcome = run_study(request, on=_opener(on, address, jobs), watch=board)
    say_what_is_left_out(request, console)
    if outcome.jobs:
        _summarise(table, scale, outcome.jobs, request.folder, console)
    for name, reason in outcome.failed.items():
        console.print(f"failed: {name}: {reason}", soft_wrap=True)
    if outcome.failed:
        count = len(outcome.failed)
        raise ContentmixError(f"{count} run{'s' * (count > 1)} of {table.name} failed: the same command tries again")


def _opener(on: str, address: str | None, jobs: int) -> Callable[[], AbstractContextManager[Pool]]:
    if on == "local" and jobs == 1:
        return lambda: nullcontext(InTurn())
    if on == "local":
        from contentmix.studies.processes import side_by_side

        return lambda: side_by_side(jobs)
    from contentmix.studies.cluster import ray_pool

    return lambda: ray_pool(address)


def _summarise(table: Study, scale: str, jobs: Sequence[Job], folder: Path, console: Console) -> None:
    # Beside that of the runs' table.
    page = folder / ("report.html" if table.runs_of is None else f"{table.name}.html")
    write_page(table, scale, folder, page)
    asked = {job.row.name for job in jobs}
    rows = [row for row in measured_rows(table, scale, folder) if row.name in asked]
    console.print(summary_table([row.summary() for row in rows], {"also": _measured(rows), "thesis": _expected(rows)}))
    ensembles = "; ".join(row.words for row in rows if row.nets > 1)
    if ensembles:
        console.print(f"values of ensembles that share no network: {ensembles}", soft_wrap=True)
    console.print(f"report: {page}", soft_wrap=True)


def _measured(rows: Sequence[MeasuredRow]) -> dict[str, str]:
    """What the thesis prints of each row and the columns of a summary do not show, as measured."""
    found = {}
    for row in rows:
        names = [name for name in row.expected if name not in SUMMARY and row.values(name)]
        found[row.name] = "\n".join(f"{name} {row.measured(name, label_of(name)[1])}" for name in names)
    return {name: text for name, text in found.items() if text}


def _expected(rows: Sequence[MeasuredRow]) -> dict[str, str]:
    """What the thesis prints, at its own scale."""
    return {
        row.name: "\n".join(f"{name} {value}" for name, value in row.expected.items()) for row in rows if row.expected
    }
