"""Intervals, and estimates with theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CONFIDENCE: Final = 0.95
"""Share of intervals that cover the true value, for all intervals unless a caller asks otherwise."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of values from `low` to `high`, both included, in the unit of what is estimated."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval, which is None where so few values cannot give one."""

    value: float
    interval: Interval | None
