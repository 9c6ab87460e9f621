"""The headlines: what is compared, on equal terms."""

import pytest

from contentmix.report import FIGURES
from contentmix.studies.page import verdicts
from contentmix.thesis.headlines import HEADLINES
from contentmix.thesis.headlines.study import CHAPTERS
from tests.thesis.golden import all_rows, resolved_config
from tests.thesis.test_shared_options import compared

IMAGES = 60_000  # of Fashion-MNIST, for training
OWN = ("small", "gpu")  # the thesis's scale has its steps


def steps(row, scale):
    """Optimiser steps of a row: its epochs are passes over the unlabelled images, or as many images where it uses none."""
    config = resolved_config(HEADLINES, row, scale)
    options, run = config.method_options, config.run
    cycles = 3 if config.method == "samosa" else 1
    repeated = options.get("batch_repetition", 1)
    seen = options.get("unlabelled_batch") or run.batch_size
    return cycles * repeated * run.epochs * (IMAGES - (run.labels or 0)) / seen


@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("scale", OWN)
def test_all_rows_of_a_chapter_make_as_many_steps(chapter, scale):
    rows = [row for row in HEADLINES.lines(scale) if row.name in CHAPTERS[chapter] and row.method != "scimix-generator"]
    made = {row.name: steps(row, scale) for row in rows}
    assert max(made.values()) <= 1.01 * min(made.values()), made


@pytest.mark.parametrize("scale", HEADLINES.scales)
def test_a_row_shares_every_option_of_the_base_that_it_is_compared_with(scale):
    claimed = {frozenset((claim.higher, claim.lower)) for claim in HEADLINES.claims}
    pairs = [
        pair for pair in compared(HEADLINES, scale) if frozenset(pair[:2]) in claimed and "generator" not in pair[0]
    ]
    assert len(pairs) >= 5
    for first, second, different in pairs:
        assert not different, f"{scale}: {first} and {second}"


def test_a_claim_is_of_rows_and_figures_that_there_are():
    rows, figures = {row.name for row in HEADLINES.rows}, {name for name, _, _ in FIGURES}
    for claim in HEADLINES.claims:
        for row, figure in claim.sides:
            assert row in rows, claim
            assert figure in figures, claim
    assert len({claim.sides for claim in HEADLINES.claims}) == len(HEADLINES.claims)


def test_what_the_thesis_prints_bears_them_out(tmp_path):
    found = verdicts(HEADLINES, "thesis", tmp_path)
    assert sum(verdict.expected is not None for verdict in found) >= 12
    assert all(verdict.expected is None or verdict.expected > 0 for verdict in found)


def test_chapters_part_the_rows():
    named = [name for names in CHAPTERS.values() for name in names]
    assert sorted(named) == sorted(row.name for row in HEADLINES.rows)
    assert {row.name for row in all_rows(HEADLINES, "small")} - set(named) == {"oracle"}
