"""What the thesis leaves open: compared on equal terms."""

import pytest

from contentmix.report import FIGURES
from contentmix.runs.methods import build_method
from contentmix.thesis.headlines.study import HEADLINES
from contentmix.thesis.open_questions.few_label_members import FEW_LABEL_MEMBERS as FEW


@pytest.mark.parametrize("scale", FEW.scales)
def test_few_labels_are_learnt_from_on_equal_terms_alone_or_with_members(scale):
    """Members apart, a row is the one that it is compared with; those without are the headlines' own."""
    configs = {row.name: FEW.config(row, scale, 3) for row in FEW.lines(scale)}
    for claim in FEW.claims:
        first, second = configs[claim.higher], configs[claim.lower]
        assert (first.method, first.run) == (second.method, second.run), claim.text
        options = first.method_options, second.method_options
        shared = [{name: own[name] for name in own if name not in ("members", "agreement")} for own in options]
        assert shared[0] == shared[1], claim.text
    for name in ("mean-teacher", "fixmatch"):
        assert configs[name] == HEADLINES.config(HEADLINES.row(name, scale), scale, 3)
    if scale != "thesis":
        lengths = {(config.run.epochs, config.run.epoch_steps, config.run.batch_size) for config in configs.values()}
        assert len(lengths) == 1
        assert None not in lengths.pop()


def test_its_claims_are_of_rows_and_figures_that_there_are():
    rows, figures = {row.name for row in FEW.rows}, {name for name, _, _ in FIGURES}
    assert {row for claim in FEW.claims for row, _ in claim.sides} == rows
    assert {figure for claim in FEW.claims for _, figure in claim.sides} <= figures
    assert all(claim.by_seed for claim in FEW.claims)
    members = {row.name: getattr(build_method(row.method, row_options(row), 10), "inputs", None) for row in FEW.rows}
    assert {name for name, inputs in members.items() if inputs is not None} == {n for n in rows if "members" in n}


def row_options(row):
    return {name: value for name, value in row.options.items() if name != "data"}
