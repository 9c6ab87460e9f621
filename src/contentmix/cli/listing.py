"""``contentmix list``."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table


def print_list(what: str) -> None:
    """Print a table of methods, networks, data sets, recipes, or the thesis's tables."""
    table = Table(show_header=False, box=None, pad_edge=False)
    lists = {"methods": _methods, "networks": _networks, "data": _data, "recipes": _recipes, "tables": _tables}
    for row in lists[what]():
        table.add_row(*row)
    Console().print(table)


def _methods() -> list[tuple[str, ...]]:
    from contentmix.experiments.methods import METHODS

    return [(name, (options.__doc__ or "").partition("\n")[0]) for name, options in METHODS.items()]


def _networks() -> list[tuple[str, ...]]:
    from contentmix.networks import NETWORKS

    return list(NETWORKS.items())


def _data() -> list[tuple[str, ...]]:
    from contentmix.data import list_data

    return list(list_data().items())


def _recipes() -> list[tuple[str, ...]]:
    from contentmix.experiments.recipes import RECIPES

    return [
        (
            data,
            f"{r.network}, {r.epochs} epochs of batch {r.batch_size}, {r.optimizer} lr {r.lr} per {r.lr_batch} images",
            r.source,
        )
        for data, r in RECIPES.items()
    ]


def _tables() -> list[tuple[str, ...]]:
    from contentmix.experiments.tables import TABLES

    return [(number, table.title, ", ".join(row.name for row in table.rows)) for number, table in TABLES.items()]
