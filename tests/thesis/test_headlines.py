"""The headlines: what is compared, on equal terms."""

import pytest

from contentmix.report import FIGURES
from contentmix.runs.length import length_of
from contentmix.studies.page import verdicts
from contentmix.thesis.headlines.study import CHAPTERS, HEADLINES
from tests.thesis.golden import all_rows
from tests.thesis.test_shared_options import compared

OWN = ("small", "gpu")  # the thesis's scale has its steps


@pytest.mark.parametrize("chapter", CHAPTERS)
@pytest.mark.parametrize("scale", OWN)
def test_all_rows_of_a_chapter_make_as_many_steps(chapter, scale):
    rows = [row for row in HEADLINES.lines(scale) if row.name in CHAPTERS[chapter]]
    compared = [row for row in rows if row.method != "scimix-generator" and "generator" not in row.options]
    made = {row.name: length_of(HEADLINES.config(row, scale, 0)).steps for row in compared}
    assert len(set(made.values())) == 1, made


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
