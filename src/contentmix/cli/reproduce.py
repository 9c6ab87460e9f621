"""``contentmix reproduce``: a table of the thesis, run and summarised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rich.console import Console

from contentmix.cli.console import open_console
from contentmix.cli.progress import StudyProgress, duration
from contentmix.errors import ContentmixError, require, unknown
from contentmix.report import SUMMARY, label_of, summary_table
from contentmix.report.record import RESULTS
from contentmix.runs.config import read_config_file
from contentmix.studies.measured import MeasuredRow, measured_rows
from contentmix.studies.page import write_page
from contentmix.studies.plan import Job, Request, left_out, plan
from contentmix.studies.run_study import check, run_study
from contentmix.studies.schedule import InTurn, Pool
from contentmix.studies.study import Study
from contentmix.thesis.tables import TABLES


def find_table(number: str) -> Study:
    """The table called ``3.6``, ``table-3.6`` or ``figure-3.8``."""
    name = number.removeprefix("table-")
    if name not in TABLES:
        raise unknown("table", name, TABLES)
    return TABLES[name]


def reproduce_table(
    number: str,
    rows: Sequence[str] | None,
    scale: str,
    seeds: int,
    out: Path | None,
    options: Path | None = None,
    dry_run: bool = False,
    on: str = "local",
    address: str | None = None,
) -> None:
    """Run what is missing of the table, print means over seeds, and write its page; or say what that would cost."""
    require(address is None or on == "ray", "--address is that of a Ray cluster: give --on ray with it")
    table = find_table(number)
    given = {} if options is None else read_config_file(options)
    folder = out or table.folder(scale)
    if on == "ray":
        folder = folder.resolve()  # other nodes are elsewhere
    request = Request(table, folder, scale, rows, seeds, given, options)
    if dry_run:
        _dry_run(request)
        return
    console = open_console()
    with StudyProgress(console, plan(request)) as board:
        outcome = run_study(request, on=_opener(on, address), watch=board)
    _say_what_is_left_out(request, console)
    if outcome.jobs:
        _summarise(table, scale, outcome.jobs, request.folder, console)
    for name, reason in outcome.failed.items():
        console.print(f"failed: {name}: {reason}", soft_wrap=True)
    if outcome.failed:
        count = len(outcome.failed)
        raise ContentmixError(f"{count} run{'s' * (count > 1)} of {table.name} failed: the same command tries again")


def _opener(on: str, address: str | None) -> Callable[[], AbstractContextManager[Pool]]:
    if on == "local":
        return lambda: nullcontext(InTurn())
    from contentmix.studies.cluster import ray_pool

    return lambda: ray_pool(address)


def _summarise(table: Study, scale: str, jobs: Sequence[Job], folder: Path, console: Console) -> None:
    # Beside that of the runs' table.
    page = folder / ("report.html" if table.runs_of is None else f"{table.name}.html")
    write_page(table, scale, folder, page)
    asked = {job.row.name for job in jobs}
    rows = [row for row in measured_rows(table, scale, folder) if row.name in asked]
    console.print(summary_table([row.summary() for row in rows], {"also": _measured(rows), "thesis": _expected(rows)}))
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


def _say_what_is_left_out(request: Request, console: Console) -> None:
    rows = left_out(request)
    if rows:
        names, most = ", ".join(row.name for row in rows), max(row.nets for row in rows)
        console.print(f"left out, of more networks than seeds (--seeds {most}): {names}", soft_wrap=True)


def _dry_run(request: Request) -> None:
    """Print what would run, what is kept, and the cost of each row and in total, with its basis."""
    from tempfile import TemporaryDirectory

    from rich import box
    from rich.progress import track
    from rich.table import Table as Lines

    from contentmix.runs.estimate import BASIS
    from contentmix.studies.estimate import Costs
    from contentmix.studies.reuse import twin

    jobs = plan(request)
    check(jobs)
    lines = Lines("row", "runs", "kept", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("steps", "s / step", "a run", "to do"):
        lines.add_column(heading, justify="right")
    total, console = 0.0, open_console()
    by_row: dict[str, list[Job]] = {}
    for job in jobs:
        by_row.setdefault(job.row.name, []).append(job)
    with TemporaryDirectory() as temporary:
        costs = Costs(request, Path(temporary))
        for name, runs in track(by_row.items(), "measuring", console=console, transient=True):
            kept = sum((job.folder / RESULTS).exists() or twin(job) is not None for job in runs)
            cost = costs.of(runs[0])
            cells = ["-", "-", "-", "-"]
            if cost is not None:
                missing = cost.seconds * (len(runs) - kept)
                total += missing
                cells = [f"{cost.steps:,}", f"{cost.step_seconds:.3g}", duration(cost.seconds), duration(missing)]
            lines.add_row(name, str(len(runs)), str(kept), *cells)
    console.print(lines)
    console.print(f"in total {duration(total)}; basis: {BASIS}. Evaluation is not counted.")
    _say_what_is_left_out(request, console)
