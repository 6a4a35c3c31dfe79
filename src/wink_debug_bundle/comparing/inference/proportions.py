"""The interval of a share, such as a pass rate."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

from .intervals import CONFIDENCE, Interval


def wilson_interval(successes: float, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the score interval of a share, between 0 and 1; of no trials, all of it.

    It stays within 0 and 1, and says something for shares of 0 and 1, too. Source: Wilson, "Probable inference, the law
    of succession, and statistical inference", JASA 22 (1927).

    Args:
        successes: How many trials succeeded; a sample of several attempts counts by the share that did.
        trials: How many trials there were.
        confidence: Share of such intervals that cover the true value.

    Raises:
        ValueError: More successes than trials, or a negative number.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials: not between 0 and the number of trials")
    if not trials:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    return Interval(
        0.0 if successes == 0 else max(0.0, centre - half), 1.0 if successes == trials else min(1.0, centre + half)
    )
