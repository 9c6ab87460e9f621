"""Claims of the thesis, against the tables that they are of."""

import pytest

from contentmix.experiments.claims import CLAIMS
from contentmix.experiments.table_page import verdicts, write_page
from contentmix.experiments.tables import TABLES
from contentmix.report import FIGURES


@pytest.mark.parametrize("number", CLAIMS)
def test_a_claim_is_of_rows_and_figures_that_there_are(number):
    rows, figures = {row.name for row in TABLES[number].rows}, {name for name, _, _ in FIGURES}
    for claim in CLAIMS[number]:
        for row, figure in claim.sides:
            assert row in rows, claim
            assert figure in figures, claim
        assert claim.sides[0] != claim.sides[1], claim


@pytest.mark.parametrize("number", CLAIMS)
def test_no_claim_is_made_twice(number):
    assert len({claim.sides for claim in CLAIMS[number]}) == len(CLAIMS[number])
    assert len({(claim.text, claim.figure) for claim in CLAIMS[number]}) == len(CLAIMS[number])


@pytest.mark.parametrize("number", CLAIMS)
def test_what_the_thesis_prints_bears_its_claims_out(number, tmp_path):
    """But for the two variants of MixViT on CIFAR-10, which it prints as equal."""
    for verdict in verdicts(TABLES[number], tmp_path):
        equal = number == "4.2d" and "outperforms MixViT-encoding" in verdict.claim.text
        assert verdict.printed is None or verdict.printed > 0 or equal, verdict


def test_a_page_is_named_after_its_table(tmp_path):
    table = write_page(TABLES["3.6"], tmp_path, tmp_path / "report.html").read_text()
    assert "<h1>Table 3.6: MixShare: sharing features among subnetworks</h1>" in table
    figure = write_page(TABLES["figure-3.8"], tmp_path, tmp_path / "report.html").read_text()
    assert "<h1>Figure 3.8: Diversity and accuracy" in figure
