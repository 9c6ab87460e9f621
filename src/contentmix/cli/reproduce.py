"""``contentmix reproduce``: a table of the thesis, run and summarised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rich.console import Console

from contentmix.cli.board import Board, duration
from contentmix.errors import ContentmixError, require, unknown
from contentmix.experiments.config import read_config_file
from contentmix.experiments.plan import Job, Request, plan
from contentmix.experiments.reproduce import reproduce
from contentmix.experiments.schedule import InTurn, Pool
from contentmix.experiments.table_page import write_page
from contentmix.experiments.tables import TABLES, Table
from contentmix.report import COLUMNS, load_record, read_run, spread, summarise, summary_table


def find_table(number: str) -> Table:
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
    console = Console()
    with Board(console, plan(request)) as board:
        outcome = reproduce(request, on=_opener(on, address), watch=board)
    if outcome.jobs:
        _summarise(table, scale, outcome.jobs, request.folder, console)
    for name, reason in outcome.failed.items():
        console.print(f"failed: {name}: {reason}", highlight=False, markup=False, soft_wrap=True)
    if outcome.failed:
        count = len(outcome.failed)
        raise ContentmixError(f"{count} run{'s' * (count > 1)} of {table.number} failed: the same command tries again")


def _opener(on: str, address: str | None) -> Callable[[], AbstractContextManager[Pool]]:
    if on == "local":
        return lambda: nullcontext(InTurn())
    from contentmix.experiments.cluster import ray_pool

    return lambda: ray_pool(address)


def _summarise(table: Table, scale: str, jobs: Sequence[Job], folder: Path, console: Console) -> None:
    folders, labels = [job.folder for job in jobs], [job.row.name for job in jobs]
    # Beside that of the runs' table.
    page = folder / ("report.html" if table.runs_of is None else f"{table.number}.html")
    write_page(table, scale, folder, page)
    summaries = summarise([load_record(each) for each in folders], labels)
    console.print(summary_table(summaries, {"also": _measured(table, jobs), "thesis": _printed(jobs)}))
    console.print(f"report: {page}", highlight=False, soft_wrap=True)


def _measured(table: Table, jobs: Sequence[Job]) -> dict[str, str]:
    """What the thesis prints of each row and the columns of a summary do not show, as measured."""
    found: dict[str, dict[str, list[float]]] = {}
    for job in jobs:
        shown = () if table.checkpoint is not None else ("top1", "member_top1_mean", "nll_c")
        wanted = [name for name in job.row.printed if name not in shown]
        measured = read_run(job.folder, table.checkpoint).figures if wanted else {}
        for name in wanted:
            if name in measured:
                found.setdefault(job.row.name, {}).setdefault(name, []).append(measured[name])
    decimals = {name: places for name, _, places in COLUMNS}
    return {
        row: "\n".join(f"{name} {spread(values, decimals.get(name, 1))}" for name, values in each.items())
        for row, each in found.items()
    }


def _printed(jobs: Sequence[Job]) -> dict[str, str]:
    """What the thesis prints, at its own scale."""
    return {
        job.row.name: "\n".join(f"{name} {value}" for name, value in job.row.printed.items())
        for job in jobs
        if job.row.printed
    }


def _dry_run(request: Request) -> None:
    """Print what would run, what is kept, and the cost of each row and in total, with its basis."""
    from tempfile import TemporaryDirectory

    from rich import box
    from rich.progress import track
    from rich.table import Table as Lines

    from contentmix.experiments.estimate import BASIS, Costs
    from contentmix.experiments.twins import twin

    jobs = plan(request)
    for job in jobs:
        job.check()
    lines = Lines("row", "runs", "kept", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("steps", "s / step", "a run", "to do"):
        lines.add_column(heading, justify="right")
    total, console = 0.0, Console()
    by_row: dict[str, list[Job]] = {}
    for job in jobs:
        by_row.setdefault(job.row.name, []).append(job)
    with TemporaryDirectory() as temporary:
        costs = Costs(request, Path(temporary))
        for name, runs in track(by_row.items(), "measuring", console=console, transient=True):
            kept = sum(job.done or twin(job) is not None for job in runs)
            cost = costs.of(runs[0])
            cells = ["-", "-", "-", "-"]
            if cost is not None:
                missing = cost.seconds * (len(runs) - kept)
                total += missing
                cells = [f"{cost.steps:,}", f"{cost.step_seconds:.3g}", duration(cost.seconds), duration(missing)]
            lines.add_row(name, str(len(runs)), str(kept), *cells)
    console.print(lines)
    console.print(f"in total {duration(total)}; basis: {BASIS}. Evaluation is not counted.", highlight=False)
