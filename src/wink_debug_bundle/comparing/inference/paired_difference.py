"""The mean difference of pairs, with a standard error that knows which of them belong together.

Source: Miller, "Adding error bars to evals", arXiv 2411.00640: paired differences (section 4.2) and clustered standard
errors (section 2.2), which here have the usual correction for few clusters, G / (G - 1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Final

from .intervals import CONFIDENCE, Interval
from .student_t import t_quantile, two_sided_p

POWER: Final = 0.8
"""How often a difference of the smallest size that can be shown is shown."""


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The mean of new minus base over pairs, in the unit of the values.

    Attributes:
        mean: Mean difference; negative if the new values are lower.
        pairs: How many pairs there are.
        clusters: How many groups of pairs are independent of each other.
        standard_error: Standard error of the mean; None with fewer than two clusters, and where all clusters differ
            alike, which says nothing about how much others would.
        interval: Confidence interval by Student's t with `clusters - 1` degrees of freedom; None like the standard error.
        p_value: How often chance alone gives a mean at least as far from 0; None like the standard error.
        smallest: Smallest true difference that so many pairs show in 80 of 100 cases; None like the standard error.
    """

    mean: float
    pairs: int
    clusters: int
    standard_error: float | None
    interval: Interval | None
    p_value: float | None
    smallest: float | None


def paired_difference(
    base: Sequence[float],
    new: Sequence[float],
    clusters: Iterable[Hashable] | None = None,
    confidence: float = CONFIDENCE,
) -> PairedDifference:
    """Return the mean difference of pairs with its error.

    Args:
        base: The value of each pair before; a pair is one attempt, or one sample.
        new: The value of each pair now, in the same order.
        clusters: What each pair belongs to, such as its sample where there are several attempts, or the group of its
            sample; pairs of one cluster may depend on each other. By default, each pair stands for itself.
        confidence: Share of such intervals that cover the true value.

    Raises:
        ValueError: No pairs, or sequences of different lengths.
    """
    if not base:
        raise ValueError("no pairs: there is no mean of nothing")
    differences = [after - before for before, after in zip(base, new, strict=True)]
    pairs = len(differences)
    mean = fsum(differences) / pairs
    sums: dict[Hashable, float] = defaultdict(float)
    for name, difference in zip(range(pairs) if clusters is None else clusters, differences, strict=True):
        sums[name] += difference - mean
    error = _standard_error(list(sums.values()), pairs, max(map(abs, differences)))
    if error is None:
        return PairedDifference(mean, pairs, len(sums), None, None, None, None)
    degrees = len(sums) - 1
    half = t_quantile((1 + confidence) / 2, degrees) * error
    return PairedDifference(
        mean,
        pairs,
        len(sums),
        error,
        Interval(mean - half, mean + half),
        two_sided_p(mean / error, degrees),
        smallest_difference(error, len(sums), confidence),
    )


def smallest_difference(
    standard_error: float, clusters: int, confidence: float = CONFIDENCE, power: float = POWER
) -> float:
    """Return the smallest true difference that a test finds with probability `power`, in the unit of the error."""
    degrees = clusters - 1
    return (t_quantile((1 + confidence) / 2, degrees) + t_quantile(power, degrees)) * standard_error


def _standard_error(sums: list[float], pairs: int, largest: float) -> float | None:
    """Return the clustered standard error from the sum of each cluster's deviations; None where it is unknown.

    Deviations that only rounding made count as none.
    """
    groups = len(sums)
    if groups < 2:
        return None
    error = sqrt(fsum(total * total for total in sums) * groups / (groups - 1)) / pairs
    return error if error > 1e-12 * largest else None
