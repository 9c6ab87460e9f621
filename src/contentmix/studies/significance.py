"""Differences of means and what few seeds say of them: Student's t-tests."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.special import nctdtr, stdtr, stdtrit  # type: ignore[import-untyped]  # Student's distributions, and quantiles

LEVEL = 0.05  # of the two-sided tests: how often a difference is seen where there is none
POWER = 0.8  # with which more pairs should find a difference that is there

_NOISE = 1e-9  # of adding floats: values that differ by less are equal


@dataclass(frozen=True)
class Difference:
    """The difference of two means, and what its error says of it by Student's distribution.

    Attributes:
        value: of the means.
        error: its standard error.
        freedom: degrees of freedom of Student's distribution.
        deviation: of the differences of pairs; None where values are not paired.
    """

    value: float
    error: float
    freedom: float
    deviation: float | None = None

    @property
    def interval(self) -> tuple[float, float]:
        """That holds the true difference with confidence 1 - ``LEVEL``."""
        half = float(stdtrit(self.freedom, 1 - LEVEL / 2)) * self.error
        return self.value - half, self.value + half

    @property
    def p(self) -> float:
        """How probable a difference as large is, of either sign, where there is none."""
        return 2 * float(stdtr(self.freedom, -abs(self.value) / self.error))

    def p_below(self, limit: float) -> float:
        """How probable a difference as small as this one is where the true one is ``limit``: a one-sided test."""
        return float(stdtr(self.freedom, (self.value - limit) / self.error))


def welch(first: Sequence[float], second: Sequence[float]) -> Difference | None:
    """The difference of the means of two independent samples, whose deviations may differ (Welch 1947).

    With n values of variance s^2 on a side and v = s^2 / n, ``t = (mean_1 - mean_2) / sqrt(v_1 + v_2)`` follows Student's
    distribution with ``(v_1 + v_2)^2 / (v_1^2 / (n_1 - 1) + v_2^2 / (n_2 - 1))`` degrees of freedom where the true means
    are equal.

    Args:
        first: two values or more.
        second: likewise.

    Returns:
        None where neither sample varies.
    """
    v = [statistics.variance(values) / len(values) for values in (first, second)]
    shares = sum(each**2 / (len(values) - 1) for each, values in zip(v, (first, second), strict=True))
    return _difference(
        statistics.fmean(first) - statistics.fmean(second), math.sqrt(sum(v)), sum(v) ** 2 / shares if shares else 0.0
    )


def paired(first: Sequence[float], second: Sequence[float]) -> Difference | None:
    """The difference of the means of values that belong together one by one: with n pairs, n - 1 degrees of freedom.

    Args:
        first: two values or more.
        second: as many.

    Returns:
        None where all pairs differ alike.
    """
    each = [a - b for a, b in zip(first, second, strict=True)]
    deviation = statistics.stdev(each)
    found = _difference(statistics.fmean(each), deviation / math.sqrt(len(each)), len(each) - 1)
    return None if found is None else replace(found, deviation=deviation)


def holm(values: Sequence[float]) -> list[float]:
    """Adjusted values of p: with each held against ``LEVEL``, any is decided by chance no more often than that (Holm 1979).

    Of m values in ascending order the i-th becomes ``max over j <= i of min(1, (m - j + 1) p_j)``.

    Args:
        values: of all tests of a family; 1 for one that could not be made.
    """
    adjusted, largest = [0.0] * len(values), 0.0
    for rank, i in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        largest = max(largest, min(1.0, (len(values) - rank) * values[i]))
        adjusted[i] = largest
    return adjusted


def pairs_needed(value: float, deviation: float, level: float = LEVEL, most: int = 1000) -> int | None:
    """How many pairs decide a mean difference of ``value`` with probability ``POWER``, were their deviation ``deviation``.

    The smallest n for which ``T > t_(1 - level / 2)``, with T of Student's noncentral distribution of n - 1 degrees of freedom
    and the parameter ``value / deviation * sqrt(n)``, is that probable; None where ``most`` are too few.
    """
    for n in range(2, most + 1):
        limit = float(stdtrit(n - 1, 1 - level / 2))
        if 1 - float(nctdtr(n - 1, abs(value) / deviation * math.sqrt(n), limit)) >= POWER:
            return n
    return None


def _difference(value: float, error: float, freedom: float) -> Difference | None:
    return None if error < _NOISE else Difference(value, error, freedom)
