"""Whether one of two independent groups of values tends to be larger, such as the latency of a tool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, erfc, fsum, sqrt
from typing import Final

_MOST_EXACT: Final = 400
"""Product of the group sizes up to which the exact distribution is counted."""


@dataclass(frozen=True, slots=True)
class RankTest:
    """What the Mann-Whitney test says about two groups.

    Attributes:
        p_value: Two-sided p value, between 0 and 1; 1 where a group is empty or all values are equal.
        larger: How often a new value is larger than one before, ties counting half; 0.5 where a group is empty.
    """

    p_value: float
    larger: float


def rank_test(base: Sequence[float], new: Sequence[float]) -> RankTest:
    """Compare two independent groups of values by their ranks; the size of outliers does not matter.

    Small groups without ties have the exact distribution, others the normal one, corrected for ties and continuity.
    Source: Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the other",
    Annals of Mathematical Statistics 18 (1947).
    """
    if not base or not new:
        return RankTest(1.0, 0.5)
    product = len(base) * len(new)
    ties = Counter(base)
    ties.update(new)
    wins = _rank_sum(ties, new) - len(new) * (len(new) + 1) / 2
    tied = max(ties.values()) > 1
    further = max(wins, product - wins)
    exact = not tied and product <= _MOST_EXACT
    p_value = _exact_p(further, len(base), len(new)) if exact else _normal_p(further, len(base), len(new), ties)
    return RankTest(p_value, wins / product)


def _rank_sum(ties: Counter[float], new: Sequence[float]) -> float:
    """Return the sum of the ranks of `new`, from 1, equal values having the mean of their ranks."""
    rank_of = {}
    before = 0
    for value in sorted(ties):
        rank_of[value] = before + (ties[value] + 1) / 2
        before += ties[value]
    return fsum(map(rank_of.__getitem__, new))


def _exact_p(wins: float, base: int, new: int) -> float:
    """Return the p value by counting the orders of all values that have at least so many wins."""
    counts = _win_counts(base, new)
    return min(1.0, 2 * sum(counts[round(wins) :]) / comb(base + new, new))


def _win_counts(base: int, new: int) -> list[int]:
    """Return how many orders of `base` and `new` values have 0, 1, 2, ... wins: Gauss's binomial coefficient."""
    counts = [1] + [0] * (base * new)
    for factor in range(base + 1, base + new + 1):
        for wins in range(len(counts) - 1, factor - 1, -1):
            counts[wins] -= counts[wins - factor]
    for factor in range(1, new + 1):
        for wins in range(factor, len(counts)):
            counts[wins] += counts[wins - factor]
    return counts


def _normal_p(wins: float, base: int, new: int, ties: Counter[float]) -> float:
    """Return the p value by the normal distribution, whose variance equal values make smaller."""
    total = base + new
    correction = sum(times**3 - times for times in ties.values()) / (total * (total - 1))
    deviation = sqrt(base * new / 12 * (total + 1 - correction))
    if not deviation:
        return 1.0
    return min(1.0, erfc((wins - base * new / 2 - 0.5) / deviation / sqrt(2)))
