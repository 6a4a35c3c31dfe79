"""Percentile bootstrap intervals of medians, and of the difference of the medians of pairs.

Source: Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979). Pairs are drawn whole. A
median is seldom far from the middle of its column, so that of the values outside of a window around it only their
numbers are drawn: the result has the distribution of a resample of single values, at a twentieth of the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from random import Random
from statistics import median
from typing import Final

from .intervals import CONFIDENCE, Estimate, Interval

RESAMPLES: Final = 1_000
SEED: Final = 20_411
"""Seed of every bootstrap, so that the same values give the same interval."""

_WINDOW: Final = 4.0
"""Half the width of the window, in square roots of the number of values: eight standard deviations of a median's rank."""


@dataclass(frozen=True, slots=True)
class PairedMedians:
    """The medians before and now, and their difference, new minus base, in the unit of the values."""

    base: Estimate
    new: Estimate
    difference: Estimate


def median_estimate(values: Sequence[float], confidence: float = CONFIDENCE, resamples: int = RESAMPLES) -> Estimate:
    """Return the median of `values` with its interval, which a single value cannot give.

    Raises:
        ValueError: No values.
    """
    drawn = [medians[0] for medians in _resampled_medians([values], resamples)]
    return Estimate(median(values), _percentiles(drawn, confidence) if len(values) > 1 else None)


def paired_medians(
    base: Sequence[float], new: Sequence[float], confidence: float = CONFIDENCE, resamples: int = RESAMPLES
) -> PairedMedians:
    """Return the medians of both values of pairs and their difference, with their intervals.

    Raises:
        ValueError: No pairs, or sequences of different lengths.
    """
    if len(base) != len(new):
        raise ValueError(f"{len(base)} values before and {len(new)} now: pairs have one of each")
    drawn = list(_resampled_medians([base, new], resamples))
    before, now = median(base), median(new)
    if len(base) == 1:
        return PairedMedians(Estimate(before, None), Estimate(now, None), Estimate(now - before, None))
    return PairedMedians(
        Estimate(before, _percentiles([old for old, _ in drawn], confidence)),
        Estimate(now, _percentiles([later for _, later in drawn], confidence)),
        Estimate(now - before, _percentiles([later - old for old, later in drawn], confidence)),
    )


class _Column:
    """One value of each row, in order, and the window of ranks that the median of a resample falls into."""

    def __init__(self, values: Sequence[float]) -> None:
        self.count = len(values)
        order = sorted(range(self.count), key=values.__getitem__)
        self.ordered = [values[row] for row in order]
        self.rank = [0] * self.count
        for rank, row in enumerate(order):
            self.rank[row] = rank
        half = ceil(_WINDOW * sqrt(self.count))
        self.first = max(0, self.count // 2 - half)
        self.last = min(self.count, self.count // 2 + half)

    def side(self, row: int) -> int:
        """Return -1, 0 or 1: the row's value is below the window, in it, or above."""
        rank = self.rank[row]
        return (rank >= self.last) - (rank < self.first)

    def median(self, below: int, hits: Counter[int]) -> float:
        """Return the median of a resample, from how many of its values are below the window and how often each is hit."""
        upper = self.count // 2
        lower = upper if self.count % 2 else upper - 1
        seen, low = below, None
        for rank in range(self.first, self.last):
            seen += hits[rank]
            if low is None and seen > lower:
                low = self.ordered[rank]
            if low is not None and seen > upper:
                return low if self.count % 2 else (low + self.ordered[rank]) / 2
        return self.ordered[self.last - 1]


def _resampled_medians(columns: Sequence[Sequence[float]], resamples: int) -> Iterator[tuple[float, ...]]:
    """Yield the median of each column for each resample of rows."""
    if not columns[0]:
        raise ValueError("no values: there is no median of nothing")
    ranked = [_Column(values) for values in columns]
    count = ranked[0].count
    sides = Counter(tuple(column.side(row) for column in ranked) for row in range(count))
    outside = {side: size for side, size in sides.items() if 0 not in side}
    inside = [row for row in range(count) if any(not column.side(row) for column in ranked)]
    random = Random(SEED)  # noqa: S311 - draws that anybody can repeat are the purpose
    for _ in range(resamples):
        drawn, rest = _drawn_sides(random, outside, count)
        rows = random.choices(inside, k=rest)
        yield tuple(_column_median(column, place, drawn, rows) for place, column in enumerate(ranked))


def _column_median(column: _Column, place: int, drawn: dict[tuple[int, ...], int], rows: list[int]) -> float:
    below = sum(size for side, size in drawn.items() if side[place] < 0)
    hits = Counter(map(column.rank.__getitem__, rows))
    below += sum(times for rank, times in hits.items() if rank < column.first)
    return column.median(below, hits)


def _drawn_sides(
    random: Random, outside: dict[tuple[int, ...], int], count: int
) -> tuple[dict[tuple[int, ...], int], int]:
    """Draw how many of `count` rows come from each group outside of the windows; return these, and how many are left."""
    drawn = {}
    draws, rows = count, count
    for side, size in outside.items():
        drawn[side] = _binomial(random, draws, size, rows)
        draws -= drawn[side]
        rows -= size
    return drawn, draws


def _binomial(random: Random, trials: int, numerator: int, denominator: int) -> int:
    """Draw how many of `trials` random numbers are below a fraction, comparing all of them bit by bit at once."""
    below = 0
    while trials and numerator:
        numerator *= 2
        ones = random.getrandbits(trials).bit_count()
        if numerator >= denominator:
            numerator -= denominator
            below += trials - ones
            trials = ones
        else:
            trials -= ones
    return below


def _percentiles(drawn: list[float], confidence: float) -> Interval:
    """Return the interval that holds the middle `confidence` of the resamples."""
    ordered = sorted(drawn)
    return Interval(_quantile(ordered, (1 - confidence) / 2), _quantile(ordered, (1 + confidence) / 2))


def _quantile(ordered: list[float], share: float) -> float:
    """Return the quantile between the two neighbours of its place."""
    place = share * (len(ordered) - 1)
    low, high = ordered[floor(place)], ordered[ceil(place)]
    return low if low == high else low + (high - low) * (place - floor(place))
