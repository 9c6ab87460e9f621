"""A pytest plugin for mutation runs: a mutant is tried on the tests of its own room, the quickest first (see ``make mutants``)."""

import json
import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests of other rooms than that of ``MUTANT_UNDER_TEST``, ``contentmix.<room>.<module>.<mutant>``.

    Of the others, in the order of the seconds that each took without a mutant, those come that fit into ``MUTANT_SECONDS``.
    """
    package, _, rest = os.environ.get("MUTANT_UNDER_TEST", "").partition(".")
    if package != "contentmix":
        return
    took = json.loads((config.rootpath / "mutmut-stats.json").read_text())["duration_by_test"]
    left = float(os.environ.get("MUTANT_SECONDS", "inf"))
    room, chosen = f"tests/{rest.partition('.')[0]}/", []
    for item in sorted((item for item in items if room in item.nodeid), key=lambda item: took.get(item.nodeid, 0.0)):
        left -= took.get(item.nodeid, 0.0)
        if left >= 0:
            chosen.append(item)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
