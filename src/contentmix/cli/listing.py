"""``contentmix list``."""

from __future__ import annotations

from typing import Literal

from contentmix.cli.console import open_console
from contentmix.errors import require


def list_(what: Literal["methods", "networks", "data", "recipes"], name: str | None = None) -> None:
    """List what there is to choose from.

    Args:
        what: A kind of thing; recipes are the tables and figures of the thesis.
        name: Of a table, whose rows are listed with the thesis's figures.
    """
    from rich.table import Table

    require(name is None or what == "recipes", f"{what} are listed whole: leave out '{name}'")
    table = Table(show_header=False, box=None, pad_edge=False)
    lists = {"methods": _methods, "networks": _networks, "data": _data, "recipes": _recipes}
    for row in lists[what]() if name is None else _rows(name):
        table.add_row(*row)
    open_console().print(table)


def _methods() -> list[tuple[str, ...]]:
    from contentmix.options.methods import METHODS

    return [(name, (options.__doc__ or "").partition("\n")[0]) for name, options in METHODS.items()]


def _networks() -> list[tuple[str, ...]]:
    from contentmix.catalogue import NETWORKS

    return list(NETWORKS.items())


def _data() -> list[tuple[str, ...]]:
    """What each set is, and how it is trained on unless told otherwise."""
    from contentmix.catalogue import DATA_SETS
    from contentmix.runs.recipe import RECIPES

    trained = {
        data: f"{r.network}, {r.epochs} epochs of batch {r.batch_size}, {r.optimizer} lr {r.lr} per {r.lr_batch} images "
        f"({r.source})"
        for data, r in RECIPES.items()
    }
    return [(name, text, trained.get(name, "")) for name, text in DATA_SETS.items()]


def _recipes() -> list[tuple[str, ...]]:
    from contentmix.thesis.studies import STUDIES

    return [
        (number, f"{len(table.rows)} rows", f"{table.title}{f' (runs of {table.runs_of})' if table.runs_of else ''}")
        for number, table in STUDIES.items()
    ]


def _rows(number: str) -> list[tuple[str, ...]]:
    """Rows at the thesis's scale: method, options, and the figures that are expected."""
    from contentmix.cli.tables import find_table

    table, lines = find_table(number), list[tuple[str, ...]]()
    for row in table.rows:
        options = {**table.scale("thesis").options, **row.options}
        printed = ", ".join(f"{name} {value}" for name, value in row.expected.items())
        told = " ".join(f"{name}={getattr(value, 'row', value)}" for name, value in options.items())
        lines.append((row.name, row.method, told.format(width=row.width), printed))
    return lines
