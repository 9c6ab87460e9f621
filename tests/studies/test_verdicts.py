"""Verdicts on claims."""

import dataclasses

import pytest

from contentmix.studies.claim import Claim
from contentmix.studies.measured import MeasuredRow
from contentmix.studies.significance import LEVEL, pairs_needed
from contentmix.studies.verdicts import judge, judge_all
from tests.report.helpers import row

CLAIM = Claim("a is better than b", "table 0", "top1", "a", "b")


def verdict(*rows, claim=CLAIM):
    return judge(claim, {each.name: each for each in rows})


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        # t = 3.67 with 4 degrees of freedom, beyond 2.776 (test_student.py).
        ([94, 95, 96], [91, 92, 93], "holds"),
        ([91, 92, 93], [94, 95, 96], "does not hold"),
        # t = 2 / sqrt(2/3) = 2.449, within.
        ([93, 94, 95], [91, 92, 93], "not decided"),
        ([92, 92, 95], [92, 92, 95], "not decided"),
    ],
)
def test_a_claim_is_decided_where_zero_is_outside_the_interval(a, b, outcome):
    found = verdict(row("a", a), row("b", b))
    assert (found.outcome, found.test, found.seeds) == (outcome, "welch", (3, 3))
    low, high = found.difference.interval
    assert (low > 0, high < 0) == (outcome == "holds", outcome == "does not hold")


@pytest.mark.parametrize(
    ("rows", "test", "seeds", "measured"),
    [
        ([row("a", [95]), row("b", [91, 92, 93])], "one seed has no deviation", (1, 3), "+3.00"),
        ([row("a", [95, 95]), row("b", [91, 91])], "no seed differs from another", (2, 2), "+4.00"),
        ([row("a", [95, 96])], "not measured: top-1 % of b", (2, 0), "-"),
        ([], "not measured: top-1 % of a, top-1 % of b", (0, 0), "-"),
    ],
)
def test_what_cannot_be_tested_is_not_decided_and_says_why(rows, test, seeds, measured):
    found = verdict(*rows)
    assert (found.outcome, found.test, found.seeds) == ("not decided", test, seeds)
    assert found.difference is None
    assert (found.texts()["measured"], found.texts()["p"]) == (measured, "-")


def test_a_figure_that_one_run_lacks_is_not_measured():
    a, b = row("a", [94, 95, 96]), row("b", [91, 92, 93])
    without = dataclasses.replace(a.runs[1].final, d_re=None)
    runs = [a.runs[0], dataclasses.replace(a.runs[1], final=without), a.runs[2]]
    found = verdict(MeasuredRow("a", runs=runs), b, claim=dataclasses.replace(CLAIM, figure="d_re"))
    assert found.test == "not measured: d_re of a"
    assert found.seeds == (0, 3)


def test_what_is_measured_apart_is_of_the_seeds_that_were_measured():
    runs = row("a", [94, 95, 96]).runs
    runs = [dataclasses.replace(run, corrupted={"top1": top1}) for run, top1 in zip(runs, (70.0, 74.0), strict=False)]
    a = MeasuredRow("a", runs=[*runs, row("a", [94, 95, 96]).runs[2]])
    assert a.values("corrupted_top1") == {0: 70.0, 1: 74.0}
    # The deviation of two is their difference over the root of two.
    assert a.measured("corrupted_top1", 1) == "72.0 ± 2.8 [2]"
    assert a.measured("top1", 1) == "95.0 ± 1.0"


def test_rows_of_the_same_networks_are_paired_by_the_seeds_that_both_have():
    a = row("a", [94, 95, 97, 99], first_seed=1, trained_as="b")
    found = verdict(a, row("b", [80, 92, 94, 95]))
    # Seeds 1 to 3: 94, 95, 97 against 92, 94, 95, differences 2, 1, 2: t = 5/3 / (1/3) = 5, p = 1 - 5 / sqrt(27) = 0.0377.
    assert (found.test, found.seeds, found.outcome) == ("paired", (3, 3), "holds")
    assert found.difference.p == pytest.approx(0.0377, abs=1e-4)


def ensembles(name, by_seed, nets, of="b"):
    """A row of ensembles of ``nets`` networks of the row ``of``, by first seed."""
    runs = [row(name, [top1], first_seed=seed).runs[0] for seed, top1 in by_seed.items()]
    return MeasuredRow(name, runs=runs, trained_as=of, nets=nets)


def test_ensembles_are_paired_with_the_means_of_their_networks():
    """Networks (0, 1), (2, 3) and (4, 5) have means 92, 93 and 95; the ensembles are 2, 1 and 2 above them.

    So t = 5/3 / (1/3) = 5 with 2 degrees of freedom, p = 1 - 5 / sqrt(27) = 0.0377. The seventh network is in none.
    """
    found = verdict(ensembles("a", {0: 94, 2: 94, 4: 97}, 2), row("b", [91, 93, 92, 94, 94, 96, 80]))
    assert (found.test, found.seeds, found.outcome) == ("paired", (3, 3), "holds")
    assert found.value == pytest.approx(5 / 3)
    assert found.difference.p == pytest.approx(0.0377, abs=1e-4)


def test_no_network_is_in_two_pairs_of_ensembles_of_different_sizes():
    """Of three and two: blocks (0, 1, 2) and (3, 4, 5), in which (0, 1) and (4, 5) lie; (2, 3) lies in neither."""
    found = verdict(ensembles("a", {0: 95, 3: 96}, 3), ensembles("b", {0: 93, 2: 10, 4: 95}, 2, of="c"))
    assert found.test == "welch", "these are of other networks"
    found = verdict(ensembles("a", {0: 95, 3: 96}, 3), ensembles("b", {0: 93, 2: 10, 4: 94}, 2))
    assert (found.test, found.seeds, found.value) == ("no seed differs from another", (2, 2), 2)


def test_one_ensemble_has_no_deviation():
    """With three seeds there is one of two networks: the second would share one of them."""
    found = verdict(ensembles("a", {0: 95}, 2), row("b", [91, 92, 93]))
    assert (found.outcome, found.test, found.seeds) == (
        "not decided",
        "one ensemble of 2 networks has no deviation",
        (1, 1),
    )
    found = verdict(ensembles("a", {0: 95}, 2, of="c"), row("b", [91, 92, 93]))
    assert (found.test, found.seeds) == ("one ensemble of 2 networks has no deviation", (1, 3))


def test_two_figures_of_one_row_are_paired():
    claim = Claim("averaging helps", "table 0", "top1", "a", "a", lower_figure="member_top1_mean")
    a = row("a", [94, 95, 96])
    found = verdict(a, claim=claim)
    members = [run.final.member_top1_mean for run in a.runs]
    assert found.test == "paired"
    assert found.difference.value == pytest.approx(95 - sum(members) / 3)
    assert found.texts()["compared"] == "a: top-1 % - members %"


def test_the_difference_of_the_thesis_stands_beside():
    a, b = (row(name, [91, 92], expected={"top1": text}) for name, text in (("a", "82.4 ± 0.1"), ("b", "79.5")))
    found = verdict(a, b)
    assert found.texts()["expected"] == "+2.90"
    assert verdict(a, MeasuredRow("b")).expected is None


@pytest.mark.parametrize(
    ("expected", "outcome", "p_half"),
    [
        # Means are equal, their error is sqrt(2/3) with 4 degrees of freedom; half of 4 is 2.449 errors away, beyond 2.132.
        (4.0, "far smaller", 0.0353),
        (8.0, "far smaller", 0.0040),
        # Half of 3 is 1.837 errors away, within.
        (3.0, "not decided", 0.0701),
        # The source's own figures speak against its claim.
        (-3.0, "not decided", None),
    ],
)
def test_what_is_not_told_from_nothing_may_be_told_from_half_of_what_is_expected(expected, outcome, p_half):
    """The worse row has 17 % of errors left here and there."""
    a = row("a", [82, 83, 84], expected={"top1": str(83 + expected)})
    found = verdict(a, row("b", [82, 83, 84], expected={"top1": "83"}))
    assert (found.outcome, found.better) == (outcome, None)
    assert found.p_half == (None if p_half is None else pytest.approx(p_half, abs=1e-4))
    assert found.texts()["p"] == ("0.035" if expected == 4 else "0.004" if expected == 8 else "1.000")


def test_half_is_of_what_there_is_to_gain():
    """Printed: 40 of 80 points of error go. Here 10 are left, so that half is 2.5 points, 3.06 errors away."""
    a, b = (row(name, [89, 90, 91], expected={"top1": text}) for name, text in (("a", "60"), ("b", "20")))
    # By hand, F(t) = 1/2 + 3/8 sqrt(u) (1 - u / 12) with u = t^2 / (1 + t^2 / 4): p = 0.0188.
    assert verdict(a, b).p_half == pytest.approx(0.0188, abs=1e-4)


def test_half_of_a_likelihood_is_of_the_higher_one():
    """Printed: 0.4 of 0.8 go. Here 1.6 are there: half is 0.4."""
    claim = dataclasses.replace(CLAIM, figure="nll_c")
    rows = []
    for name, text in (("a", "0.8"), ("b", "0.4")):
        runs = row(name, [90, 90, 90]).runs
        values = (1.5, 1.6, 1.7)
        runs = [
            dataclasses.replace(run, final=dataclasses.replace(run.final, nll_c=v))
            for run, v in zip(runs, values, strict=True)
        ]
        rows.append(MeasuredRow(name, {"nll_c": text}, runs))
    found = verdict(*rows, claim=claim)
    assert found.p_half == pytest.approx(found.difference.p_below(0.4))


def test_a_claim_that_holds_is_not_far_smaller():
    """The difference of 3 is 3.67 errors above zero. Printed: 98 of 99 points go; half of that are 3.96 of the 8 here."""
    a, b = row("a", [94, 95, 96], expected={"top1": "99"}), row("b", [91, 92, 93], expected={"top1": "1"})
    found = verdict(a, b)
    assert found.outcome == "holds"
    # 0.96 points, 1.18 errors, below that.
    assert found.p_half == pytest.approx(0.152, abs=2e-3)


def test_figures_of_the_source_may_be_those_of_the_claim():
    """0.0353, as where the rows have them; that one of theirs does not bear it out does not count."""
    rows = {each.name: each for each in (row("a", [82, 83, 84], expected={"top1": "1"}), row("b", [82, 83, 84]))}
    found = judge(dataclasses.replace(CLAIM, expected=("87.0 ± 0.1", "83")), rows)
    assert (found.outcome, found.expected) == ("far smaller", 4.0)
    assert found.p_half == pytest.approx(0.0353, abs=1e-4)


def test_each_look_at_the_claims_counts_as_a_test():
    """p is 0.0213 alone (Welch, 4 degrees of freedom); with two claims, judged twice, four times that, and one claim has none."""
    rows = {each.name: each for each in (row("a", [94, 95, 96]), row("b", [91, 92, 93]))}
    other = dataclasses.replace(CLAIM, higher="c")
    once, twice = (judge_all([CLAIM], rows, corrected=True, looks=looks)[0] for looks in (1, 2))
    assert (once.outcome, twice.outcome) == ("holds", "holds")
    assert (once.p, twice.p) == (pytest.approx(0.0213, abs=1e-4), pytest.approx(0.0426, abs=1e-4))
    first, second = judge_all([CLAIM, other], rows, corrected=True, looks=2)
    assert (first.outcome, second.p) == ("not decided", None)
    assert first.p == pytest.approx(0.0852, abs=1e-4)


def test_each_look_counts_for_what_is_far_smaller_and_for_the_seeds_that_are_needed():
    """0.0353 alone for half of what is expected; each look asks more pairs of a mean difference of 1 and a deviation of 1."""
    smaller = {
        each.name: each
        for each in (row("a", [82, 83, 84], expected={"top1": "87"}), row("b", [82, 83, 84], expected={"top1": "83"}))
    }
    once, twice = (judge_all([CLAIM], smaller, corrected=True, looks=looks)[0] for looks in (1, 2))
    assert (once.outcome, twice.outcome) == ("far smaller", "not decided")
    assert twice.p_half == pytest.approx(2 * once.p_half)
    pairs = {each.name: each for each in (row("a", [91, 92, 93]), row("b", [90, 90, 93]))}
    claim = dataclasses.replace(CLAIM, by_seed=True)
    once, twice = (judge_all([claim], pairs, corrected=True, looks=looks)[0] for looks in (1, 2))
    assert (once.needed, twice.needed) == (pairs_needed(1, 1), pairs_needed(1, 1, LEVEL / 2))
    assert once.needed < twice.needed


def test_tests_of_half_of_what_is_expected_are_corrected_by_themselves():
    """0.0353 alone; of two claims, one without figures, 0.0706."""
    a = row("a", [82, 83, 84], expected={"top1": "87"})
    rows = {each.name: each for each in (a, row("b", [82, 83, 84], expected={"top1": "83"}))}
    other = dataclasses.replace(CLAIM, higher="c")
    (alone,) = judge_all([CLAIM], rows, corrected=True)
    first, second = judge_all([CLAIM, other], rows, corrected=True)
    assert (alone.outcome, first.outcome) == ("far smaller", "not decided")
    assert first.p_half == pytest.approx(0.0706, abs=2e-4)
    assert second.p_half is None
