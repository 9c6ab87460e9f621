"""Rows that are compared with a method are trained as that method is: every option of it, and of the run, is the same."""

import re
from dataclasses import asdict, dataclass
from itertools import combinations

import pytest

from contentmix.options.bases import BasedOptions
from contentmix.options.methods import options_of
from contentmix.options.run import ELSEWHERE
from contentmix.thesis.tables import TABLES
from tests.thesis.golden import all_rows, resolved_config


@dataclass(frozen=True)
class Apart:
    """Options that a row does not share on purpose.

    Attributes:
        rows: what names of one of two rows look like.
        options: that they may differ in.
        why: they do.
    """

    rows: str
    options: frozenset[str]
    why: str


APART = (
    Apart("generator-.*|scimix-of-guide-.*", frozenset({"init"}), "weights that are used again"),
    Apart(
        ".*-1-cycle-.*",
        frozenset({"batch_size", "unlabelled_batch", "lr"}),
        "table 2.4 has SAMOSA's batches (A.1.1) beside SciMix's (A.1.2), each with a Mean Teacher of its own",
    ),
    Apart(
        "generator-(64|96)",
        frozenset({"cosine_epochs", "grad_clip", "ema_decay"}),
        "a generator is trained by its own recipe (A.1.2), and compared with none of what learns from it",
    ),
)  # fmt: skip


def compared(table, scale):
    """Names of two rows of one base, data, labels and network, and the options in which they differ."""
    rows = [row for row in all_rows(table, scale) if row.trained_as is None]
    if not any(issubclass(options_of(row.method), BasedOptions) for row in rows):
        return
    made = []
    for row in rows:
        config = resolved_config(table, row, scale)
        options = options_of(config.method)(**config.method_options)
        builds = isinstance(options, BasedOptions)
        base, own = (options.base_name, options.base_options()) if builds else (config.method, options)
        run = {name: value for name, value in asdict(config.run).items() if name not in ELSEWHERE}
        same = (base, *(run[name] for name in ("data", "labels", "image_size", "network")))
        made.append((row.name, builds, same, {**vars(own), **run}))
    for (first, builds, same, mine), (second, too, other, theirs) in combinations(made, 2):
        if same == other and (builds or too):
            yield first, second, {name for name in mine.keys() & theirs.keys() if mine[name] != theirs[name]}


@pytest.fixture(scope="module")
def pairs():
    return [found for table in TABLES.values() for found in compared(table, "thesis")]


def of(pair):
    """What is allowed to differ between two rows."""
    return [each for each in APART if any(re.fullmatch(each.rows, name) for name in pair[:2])]


def test_rows_share_every_option_of_their_base_and_run(pairs):
    for pair in pairs:
        first, second, different = pair
        allowed = frozenset().union(*(each.options for each in of(pair)))
        assert different <= allowed, f"{first} and {second}"


def test_every_exception_is_one(pairs):
    for each in APART:
        met = set().union(*(pair[-1] for pair in pairs if each in of(pair)))
        assert each.options <= met, f"{each.rows}: nothing differs in {', '.join(each.options - met)}"


@pytest.mark.parametrize(
    "names",
    [
        ("mixmatch-500", "samosa-mixmatch-500"),
        ("mean-teacher-500", "samosa-mean-teacher-500"),
        ("mean-teacher-svhn-60", "scimix-svhn-60"),
        ("fixmatch-svhn-60", "scimix-fixmatch-svhn-60"),
        ("supervised-64", "scimix-64"),
        ("mean-teacher-1-cycle-250", "samosa-1-cycle-250"),
    ],
)
def test_what_claims_compare_is_among_them(names, pairs):
    assert any(tuple(both) in (names, names[::-1]) for *both, _ in pairs)
