"""Student's tests, against values worked out by hand.

Student's distribution has a closed form for 2 and for 4 degrees of freedom; its quantiles are those of any table:
t_0.975 is 4.302653 with 2 and 2.776445 with 4.
"""

import math

import pytest
import torch
from scipy import stats

from contentmix.studies.significance import holm, paired, pairs_needed, welch


def p_of_2(t):
    """F(t) = 1/2 + t / (2 sqrt(2 + t^2)), so p = 2 (1 - F(t)) = 1 - t / sqrt(2 + t^2)."""
    return 1 - t / math.sqrt(2 + t**2)


def p_of_4(t):
    """With u = t^2 / (1 + t^2 / 4): F(t) = 1/2 + 3/8 sqrt(u) (1 - u / 12)."""
    u = t**2 / (1 + t**2 / 4)
    return 1 - 0.75 * math.sqrt(u) * (1 - u / 12)


def test_welch_with_equal_deviations():
    """Variances 1 and 1, so v = 1/3 each: error sqrt(2/3), (2/3)^2 / (2 (1/3)^2 / 2) = 4 degrees of freedom, t = 3 / error."""
    found = welch([4, 5, 6], [1, 2, 3])
    error = math.sqrt(2 / 3)
    assert found.value == 3
    assert found.p == pytest.approx(p_of_4(3 / error))
    assert found.p == pytest.approx(0.02131, abs=1e-5)
    assert found.interval == pytest.approx((3 - 2.776445 * error, 3 + 2.776445 * error), abs=1e-6)


def test_welch_where_one_side_does_not_vary():
    """Variances 1 and 0: error sqrt(1/3), (1/3)^2 / ((1/3)^2 / 2) = 2 degrees of freedom."""
    found = welch([4, 5, 6], [1, 1, 1])
    error = math.sqrt(1 / 3)
    assert found.p == pytest.approx(p_of_2(4 / error))
    assert found.interval == pytest.approx((4 - 4.302653 * error, 4 + 4.302653 * error), abs=1e-6)


def test_pairs_are_compared_one_by_one():
    """Differences 1, 2, 3: mean 2, error sqrt(1/3), 2 degrees of freedom. Independent, the same values have t = 2 / sqrt(5/3)."""
    found = paired([4, 6, 8], [3, 4, 5])
    assert found.value == 2
    assert found.p == pytest.approx(p_of_2(2 * math.sqrt(3)))
    assert welch([4, 6, 8], [3, 4, 5]).p > found.p


def test_the_sign_is_that_of_the_first_less_the_second():
    up, down = welch([4, 5, 6], [1, 2, 4]), welch([1, 2, 4], [4, 5, 6])
    assert down.value == pytest.approx(-up.value)
    assert down.interval == pytest.approx((-up.interval[1], -up.interval[0]))
    assert down.p == pytest.approx(up.p)


def test_other_numbers_of_values_agree_with_scipy():
    first, second = (torch.randn(n, generator=torch.Generator().manual_seed(n)).double().tolist() for n in (5, 3))
    found, expected = welch(first, second), stats.ttest_ind(first, second, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_without_deviation_nothing_is_said():
    assert welch([1, 1, 1], [2, 2, 2]) is None
    assert paired([84.54, 85.1, 80.0], [83.54, 84.1, 79.0]) is None, "equal but for the noise of floats"


def test_holm_multiplies_the_smallest_most_and_keeps_the_order():
    """3 x 0.01; 2 x 0.03; 0.04, but no less than the one before; never more than 1."""
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


@pytest.mark.parametrize(("effect", "level", "pairs"), [(0.5, 0.05, 34), (1.0, 0.05, 10), (0.5, 0.01, 51)])
def test_pairs_needed_are_those_of_textbooks(effect, level, pairs):
    """Of a paired t-test with a power of 0.8 (Cohen 1988): a medium effect of half a deviation needs 34 pairs, a large one 10."""
    assert pairs_needed(effect, 1.0, level) == pairs_needed(-3 * effect, 3.0, level) == pairs
    test = stats.ttest_1samp
    draws = effect + torch.randn(20_000, pairs, generator=torch.Generator().manual_seed(pairs)).double().numpy()
    assert 0.79 < (test(draws, 0, axis=1).pvalue < level).mean() < 0.86


def test_a_difference_that_is_none_needs_more_pairs_than_there_are():
    assert pairs_needed(0.0, 1.0) is None
    assert pairs_needed(0.5, 1.0, most=33) is None
    assert pairs_needed(1e6, 1.0) == 2


def test_only_pairs_have_a_deviation_of_their_own():
    """Differences 1, 2, 3 have the deviation 1."""
    assert paired([4, 6, 8], [3, 4, 5]).deviation == pytest.approx(1)
    assert welch([4, 6, 8], [3, 4, 5]).deviation is None


def test_below_a_limit_is_tested_on_one_side():
    """Means are equal, error sqrt(2/3), 4 degrees of freedom: 2 is t = 2.449 away, half of the two-sided p."""
    found = welch([4, 5, 6], [4, 5, 6])
    t = 2 / math.sqrt(2 / 3)
    assert found.p_below(2) == pytest.approx(p_of_4(t) / 2)
    assert found.p_below(-2) == pytest.approx(1 - p_of_4(t) / 2)
    assert found.p_below(0) == pytest.approx(0.5)
