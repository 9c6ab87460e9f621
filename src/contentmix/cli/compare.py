"""``contentmix compare``: methods on one's own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from contentmix.catalogue import check_data_name
from contentmix.cli.console import open_console
from contentmix.options.run import RunOptions
from contentmix.runs.config import read_config_file
from contentmix.studies.compare import comparison


def compare_methods(
    methods: Sequence[str],
    given: Mapping[str, Any],
    seeds: int,
    rows: Sequence[str] | None,
    out: Path | None,
    file: Path | None,
    *,
    dry_run: bool,
    on: str,
    address: str | None,
    jobs: int,
) -> None:
    """Run what is missing of the comparison, print what was found, and write its page; arguments as ``compare_options.compare``.

    Args:
        methods: as typed.
        given: options of every run, as typed; they win over those of ``file``.
        seeds: runs of each row.
        rows: names of those to train; None for all.
        out: folder of the runs; None for its own.
        file: YAML file of options.
        dry_run: whether only costs are told.
        on: ``local`` or ``ray``.
        address: of the cluster.
        jobs: runs at once on this machine.
    """
    options = {**({} if file is None else read_config_file(file)), **given}
    study = comparison(methods, options, command=("compare", *methods, *_words(given)))
    for name in rows or ():
        study.row(name)
    check_data_name(str(options.get("data", RunOptions.data)))
    # What is heavy is imported once the words make sense.
    from contentmix.runs.shapes import Shapes
    from contentmix.studies.equal_steps import with_equal_steps

    shapes = Shapes()
    study, budget = with_equal_steps(study, shapes)
    open_console().print(budget.words, soft_wrap=True)
    if dry_run:
        from contentmix.cli.dry_run import say_costs

        say_costs(study, rows, "", seeds, out, None, shapes)  # what the file says is in the study
        return
    from contentmix.cli.perform import perform
    from contentmix.studies.plan import Request

    perform(
        Request(study, out or study.folder(""), "", rows, seeds, options_file=file, shapes=shapes), on, address, jobs
    )


def _words(given: Mapping[str, Any]) -> list[str]:
    """Options as a person would type them."""
    words: list[str] = []
    for name, value in given.items():
        word = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{word}" if value else f"--no-{word}")
        else:
            words += [f"--{word}", *(map(str, value) if isinstance(value, tuple) else [str(value)])]
    return words
