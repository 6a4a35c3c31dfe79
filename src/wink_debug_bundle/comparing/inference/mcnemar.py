"""Whether flips in one direction outnumber those in the other by more than chance."""

from __future__ import annotations

from math import ceil, fsum, log2

from .discrete_weights import peaked_weights


def mcnemar_p(lost: int, gained: int) -> float:
    """Return the exact two-sided p value of McNemar's test, between 0 and 1.

    Of pairs that flipped, chance would give each direction one half: the p value is how often chance alone gives a split
    at least as uneven. Pairs that did not flip say nothing about it. Source: McNemar, "Note on the sampling error of the
    difference between correlated proportions", Psychometrika 12 (1947), with the binomial distribution itself.

    Args:
        lost: Pairs that passed before and fail now.
        gained: Pairs that failed before and pass now.

    Raises:
        ValueError: A negative number.
    """
    if min(lost, gained) < 0:
        raise ValueError(f"{lost} lost and {gained} gained: a count is never negative")
    flips = lost + gained
    weights = peaked_weights(flips // 2, 0, flips, lambda k: (flips - k) / (k + 1))
    fewer = min(lost, gained)
    tail = fsum(weight for k, weight in weights.items() if k <= fewer)
    return min(1.0, 2 * tail / fsum(weights.values()))


def fewest_flips(significance: float) -> int:
    """Return how many flips, all in one direction, the exact test needs for a p value of at most `significance`."""
    return ceil(1 - log2(significance))
