"""Student's t distribution, for means of few values."""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p

_TINY = 1e-300
_MOST_TERMS = 10_000


def two_sided_p(t: float, degrees: float) -> float:
    """Return how often chance gives a value at least as far from 0 as `t`, with so many degrees of freedom."""
    return _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t))


@lru_cache(maxsize=256)  # intervals of many measures have one and the same quantile
def t_quantile(probability: float, degrees: float) -> float:
    """Return the value below which a t variable falls with `probability`, which is between 0 and 1, both left out."""
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -t_quantile(1 - probability, degrees)
    tails = 2 * (1 - probability)
    low, high = 0.0, 2.0
    while two_sided_p(high, degrees) > tails:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in {low, high}:
        if two_sided_p(middle, degrees) > tails:
            low = middle
        else:
            high = middle
    return high


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by the continued fraction of the side where it converges."""
    if x in {0.0, 1.0}:
        return x
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            step = c * d
            value *= step
        if abs(step - 1) < 1e-15:
            break
    return value


def _not_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
