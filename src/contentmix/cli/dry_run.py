"""``--dry-run`` of a study: what would run, what is kept, and what each row would cost, told as it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contentmix.cli.console import open_console
from contentmix.cli.tables import say_what_is_left_out
from contentmix.durations import duration
from contentmix.studies.study import Study

_COLUMNS = {"runs": 6, "kept": 6, "steps": 11, "s / step": 10, "a run": 11, "to do": 11}  # and their widths


def say_costs(
    study: Study, rows: Sequence[str] | None, scale: str, seeds: int, out: Path | None, options: Path | None
) -> None:
    """Print what will be measured, a line for each row once it is, and the total with its basis; nothing is written.

    Args:
        study: what is compared.
        rows: names of some of its rows; None for all.
        scale: of its scales.
        seeds: runs of each row.
        out: folder of its runs; None for its own.
        options: file of options that win over the study's.

    Raises:
        UsageError: there is no such row, scale or option.
    """
    console = open_console()
    asked = [study.row(name, scale) for name in rows] if rows else study.lines(scale)
    where = f"{study.heading}, {scale} scale" if scale else study.heading
    text = f"{where}: {len(asked)} rows, {seeds} seeds; steps of one run of each are timed here"
    console.print(text, soft_wrap=True)

    # What is heavy is imported once something is said.
    from tempfile import TemporaryDirectory

    from contentmix.report.record import RESULTS
    from contentmix.runs.config import read_config_file
    from contentmix.runs.estimate import BASIS
    from contentmix.studies.estimate import Costs
    from contentmix.studies.plan import Job, Request, plan
    from contentmix.studies.reuse import twin
    from contentmix.studies.run_study import check

    given = {} if options is None else read_config_file(options)
    request = Request(study, out or study.folder(scale), scale, rows, seeds, given, options)
    jobs = plan(request)
    check(jobs)
    by_row: dict[str, list[Job]] = {}
    for job in jobs:
        by_row.setdefault(job.row.name, []).append(job)
    width, total = max(map(len, by_row)), 0.0

    def say(name: str, cells: Sequence[str]) -> None:
        aligned = (cell.rjust(room) for cell, room in zip(cells, _COLUMNS.values(), strict=True))
        console.print(f"{name:<{width}}{''.join(aligned)}", soft_wrap=True)

    say("row", list(_COLUMNS))
    with TemporaryDirectory() as temporary:
        costs = Costs(request, Path(temporary))
        for name, runs in by_row.items():
            with console.status(f"timing {name}"):
                kept = sum((job.folder / RESULTS).exists() or twin(job) is not None for job in runs)
                cost = costs.of(runs[0])
            cells = ["-", "-", "-", "-"]
            if cost is not None:
                missing = cost.seconds * (len(runs) - kept)
                total += missing
                cells = [f"{cost.steps:,}", f"{cost.step_seconds:.3g}", duration(cost.seconds), duration(missing)]
            say(name, [str(len(runs)), str(kept), *cells])
    console.print(f"in total {duration(total)}; basis: {BASIS}. Evaluation is not counted.")
    say_what_is_left_out(request, console)
