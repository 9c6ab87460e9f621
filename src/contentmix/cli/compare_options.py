"""The options of ``contentmix compare``: its own, then those of every run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cyclopts import Group

from contentmix.cli.arguments import Number, Rows, Switch, Where, check_where
from contentmix.cli.train_options import parameters_of
from contentmix.options.run import GROUPS, RunOptions


def compare(
    *methods: str,
    seeds: Number = 3,
    rows: Rows = None,
    out: Path | None = None,
    options: Path | None = None,
    dry_run: Switch = False,
    on: Where = "local",
    address: str | None = None,
    jobs: Number = 1,
    **given: Any,
) -> None:
    """Find out which of several methods is better on your data, and whether that is decided.

    All are trained by the same number of optimiser steps, on the same split, seed by seed; a page says which is better, by how
    much, at which cost, or how many more seeds that would need. A second call continues where the first stopped.

    Args:
        methods: Two or more, the one that others are compared with first. METHOD:option=value,option=value gives one options of
            its own: supervised supervised:mix=cutmix cut-mixmo:members=3
        seeds: Runs of each method, with seeds from 0.
        rows: Names of some of the rows, which are trained now (default: all); steps are those of all.
        out: Folder of its runs (default: runs/comparison-DATA).
        options: YAML file of options of every run; those given beside it win.
        dry_run: Only say what would run, what is kept, and what it would cost here.
        on: Run by run on this machine, or spread over a cluster by Ray.
        address: Of the Ray cluster (default: one of this machine alone, for as long as it takes).
        jobs: Runs at once on this machine; each has its share of the cores.
    """
    from contentmix.cli.compare import compare_methods

    check_where(on, address, jobs)
    compare_methods(methods, given, seeds, rows, out, options, dry_run=dry_run, on=on, address=address, jobs=jobs)


def compare_command() -> Callable[..., None]:
    """``compare`` with all options of a run, but those that it chooses itself."""

    def command(*methods: str, **given: Any) -> None:
        compare(*methods, **given)

    groups = {
        name: Group(heading, sort_key=number)
        for number, (heading, names) in enumerate(GROUPS.items(), 1)
        for name in names
        if name not in ("seed", "out")
    }
    own = [each for each in inspect.signature(compare, eval_str=True).parameters.values() if each.name != "given"]
    command.__signature__ = inspect.Signature([*own, *parameters_of(RunOptions, groups)])  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in command.__signature__.parameters.values()}  # type: ignore[attr-defined]
    command.__doc__ = compare.__doc__
    return command
