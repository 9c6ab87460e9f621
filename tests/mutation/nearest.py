"""A pytest plugin for mutation runs: a mutant is tried on the tests of its own room only (see ``make mutants``)."""

import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of other rooms than that of ``MUTANT_UNDER_TEST``, ``contentmix.<room>.<module>.<mutant>``."""
    package, _, rest = os.environ.get("MUTANT_UNDER_TEST", "").partition(".")
    if package != "contentmix":
        return
    room = f"tests/{rest.partition('.')[0]}/"
    others = [item for item in items if room not in item.nodeid]
    items[:] = [item for item in items if room in item.nodeid]
    config.hook.pytest_deselected(items=others)
