"""``--dry-run`` of a study: what would run and what is kept, told first, and what each row would cost, told as it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from contentmix.cli.console import open_console
from contentmix.cli.tables import say_what_is_left_out
from contentmix.durations import duration
from contentmix.studies.study import Study

if TYPE_CHECKING:
    from contentmix.runs.shapes import Shapes

_PLANNED, _TIMED = ("runs", "kept", "steps"), ("s / step", "a run", "to do")
_WIDTH = 10  # of a column, beside a space


def say_costs(
    study: Study,
    rows: Sequence[str] | None,
    scale: str,
    seeds: int,
    out: Path | None,
    options: Path | None,
    shapes: Shapes | None = None,
) -> None:
    """Print what would run, then what each row costs once it is timed, and the total with its basis; nothing is written.

    Timing takes two minutes or so; rows that it does not come to are told as such, and are not in the total.

    Args:
        study: what is compared.
        rows: names of some of its rows; None for all.
        scale: of its scales.
        seeds: runs of each row.
        out: folder of its runs; None for its own.
        options: file of options that win over the study's.
        shapes: of its data, where these have been looked at.

    Raises:
        UsageError: there is no such row, scale or option.
    """
    console = open_console()
    asked = [study.row(name, scale) for name in rows] if rows else study.lines(scale)
    where = f"{study.heading}, {scale} scale" if scale else study.heading
    text = f"{where}: {len(asked)} rows, {seeds} seeds"
    console.print(text, soft_wrap=True)

    # What is heavy is imported once something is said.
    from tempfile import TemporaryDirectory

    from contentmix.report.record import RESULTS
    from contentmix.runs.config import read_config_file
    from contentmix.runs.estimate import BASIS
    from contentmix.runs.shapes import Shapes
    from contentmix.studies.estimate import Costs
    from contentmix.studies.job import Job
    from contentmix.studies.plan import Request, plan
    from contentmix.studies.reuse import twin
    from contentmix.studies.run_study import check

    given = {} if options is None else read_config_file(options)
    request = Request(study, out or study.folder(scale), scale, rows, seeds, given, options, shapes or Shapes())
    jobs = plan(request)
    check(jobs)
    by_row: dict[str, list[Job]] = {}
    for job in jobs:
        by_row.setdefault(job.row.name, []).append(job)
    width = max(map(len, by_row))

    def say(name: str, cells: Sequence[str]) -> None:
        # Where a cell is wider than its column, as days are, a space still parts it from the one before.
        console.print(" ".join([f"{name:<{width}}", *(cell.rjust(_WIDTH) for cell in cells)]), soft_wrap=True)

    with TemporaryDirectory() as temporary:
        costs, missing = Costs(request, Path(temporary)), dict[str, int]()
        say("row", _PLANNED)
        for name, runs in by_row.items():
            kept = sum((job.folder / RESULTS).exists() or twin(job) is not None for job in runs)
            steps = costs.steps(runs[0])
            say(name, [str(len(runs)), str(kept), "-" if steps is None else f"{steps:,}"])
            if steps is not None and kept < len(runs):
                missing[name] = len(runs) - kept
        console.print(f"timing steps of each row that is to be trained, for {duration(costs.limit)} or so")
        say("row", _TIMED)
        total, not_timed = 0.0, 0
        for name, count in missing.items():
            with console.status(f"timing {name}"):
                cost = costs.of(by_row[name][0])
            if cost is None:
                not_timed += 1
                say(name, ["not timed"])
            else:
                total += count * cost.seconds
                say(name, [f"{cost.step_seconds:.3g}", duration(cost.seconds), duration(count * cost.seconds)])
    rest = f" for {len(missing) - not_timed} of {len(missing)} rows, {not_timed} not timed" if not_timed else ""
    console.print(f"in total {duration(total)}{rest}; basis: {BASIS}. Evaluation is not counted.", soft_wrap=True)
    say_what_is_left_out(request, console)
