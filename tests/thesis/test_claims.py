"""Claims of the thesis, against the tables that they are of."""

import pytest

from contentmix.report import FIGURES
from contentmix.studies.measured import measured_rows
from contentmix.studies.page import verdicts, write_page
from contentmix.studies.study import Row, Scale, Study
from contentmix.thesis.claims import CLAIMS
from contentmix.thesis.tables import TABLES
from tests.report.helpers import save_run


@pytest.mark.parametrize("number", CLAIMS)
def test_a_claim_is_of_rows_and_figures_that_there_are(number):
    rows = {row.name: row for row in TABLES[number].rows}
    known = {name for name, _, _ in FIGURES} | {figure for row in rows.values() for figure in row.expected}
    for claim in CLAIMS[number]:
        for row, figure in claim.sides:
            assert row in rows, claim
            assert figure in known, claim
        assert claim.sides[0] != claim.sides[1], claim


@pytest.mark.parametrize("number", CLAIMS)
def test_no_claim_is_made_twice(number):
    assert len({claim.sides for claim in CLAIMS[number]}) == len(CLAIMS[number])
    assert len({(claim.text, claim.figure) for claim in CLAIMS[number]}) == len(CLAIMS[number])


@pytest.mark.parametrize("number", CLAIMS)
def test_what_the_thesis_prints_bears_its_claims_out(number, tmp_path):
    """But for the two variants of MixViT on CIFAR-10, which it prints as equal."""
    for verdict in verdicts(TABLES[number], "thesis", tmp_path):
        equal = number == "4.2d" and "outperforms MixViT-encoding" in verdict.claim.text
        assert verdict.expected is None or verdict.expected > 0 or equal, verdict


def test_a_page_is_named_after_its_table(tmp_path):
    table = write_page(TABLES["3.6"], "thesis", tmp_path, tmp_path / "report.html").read_text()
    assert "<h1>Table 3.6, thesis scale: MixShare: sharing features among subnetworks</h1>" in table
    figure = write_page(TABLES["figure-3.8"], "thesis", tmp_path, tmp_path / "report.html").read_text()
    assert "<h1>Figure 3.8, thesis scale: Diversity and accuracy" in figure


def test_ensembles_that_share_a_network_do_not_count_as_two(tmp_path):
    for seed in range(4):
        save_run(tmp_path / f"vanilla-seed{seed}", seed)
    for seed in range(3):
        save_run(tmp_path / f"vanilla-2nets-seed{seed}", seed)
    rows = (Row("vanilla", "supervised"), Row("vanilla-2nets", "supervised", trained_as="vanilla", nets=2))
    one, two = measured_rows(Study("tiny", "", rows, {"small": Scale()}), "small", tmp_path)
    assert [run.record.seed for run in one.runs] == [0, 1, 2, 3]
    assert [run.record.seed for run in two.runs] == [0, 2]
    assert one.networks == two.networks == "vanilla", "they are no independent samples"
