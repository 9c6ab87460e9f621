"""Rows are trained as the committed files say."""

import pytest

from contentmix.thesis.studies import STUDIES
from tests.thesis.golden import COMMAND, FOLDER, lines


@pytest.mark.parametrize("name", STUDIES)
def test_every_row_is_trained_as_its_golden_line_says(name):
    kept = (FOLDER / f"{name}.txt").read_text() if (FOLDER / f"{name}.txt").exists() else ""
    now = lines(STUDIES[name])
    gone, new = ([row for row in mine if row not in others] for mine, others in _both(kept, now))
    shown = "\n".join([*(f"- {row}" for row in gone), *(f"+ {row}" for row in new)])
    assert now == kept, f"rows of {name} are trained otherwise; where that is meant, renew by: {COMMAND}\n{shown}"


def _both(kept, now):
    sides = kept.splitlines(), now.splitlines()
    return sides, sides[::-1]


def test_no_golden_file_is_of_a_table_that_is_gone():
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(STUDIES)
