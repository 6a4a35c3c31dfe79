"""Compare how the tools did: how often their calls succeeded, and how long they took."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from ...errors import BundleError
from ...explore.costs.loose_values import integer_of, number_or_none, text_of
from ..inference.holm import holm_adjusted
from ..inference.rank_test import rank_test
from ..inference.two_proportions import fisher_p
from .chosen_units import MOST_GROUPS, Units
from .delta_data import ToolDelta, ToolUse

_LONGEST_NAME = 1000


@dataclass(slots=True)
class _Calls:
    """The calls of one tool on one side; also in how many samples, and the sum of their shares of calls that succeeded."""

    count: int = 0
    known: int = 0
    succeeded: int = 0
    durations: array[float] = field(default_factory=lambda: array("d"))
    samples: int = 0
    shares: float = 0.0

    def add(self, success: object, duration: object) -> None:
        """Count a call."""
        self.count += 1
        self.known += success in {0, 1}
        self.succeeded += success == 1
        if (milliseconds := number_or_none(duration)) is not None:
            self.durations.append(milliseconds)

    def use(self) -> ToolUse:
        """Return the sums."""
        middle = median(self.durations) if self.durations else None
        return ToolUse(self.count, self.known, self.succeeded, middle)


def tool_deltas(base: Units, new: Units) -> tuple[ToolDelta, ...]:
    """Return how each tool did on both sides, those with the most calls first."""
    bases, news = _calls(base), _calls(new)
    names = sorted({*bases, *news}, key=lambda name: (-_count(name, bases) - _count(name, news), name))
    sides = [(bases.get(name, _Calls()), news.get(name, _Calls())) for name in names]
    success = _adjusted([_success_p(one, other) for one, other in sides])
    latency = _adjusted([_latency_p(one, other) for one, other in sides])
    return tuple(
        ToolDelta(name, one.use(), other.use(), *p_values)
        for name, (one, other), *p_values in zip(names, sides, success, latency, strict=True)
    )


def _calls(units: Units) -> Mapping[str, _Calls]:
    found: dict[str, _Calls] = {}
    for tool, success, duration in units.rows("calls_of_samples"):
        name = text_of(tool)[:_LONGEST_NAME]
        if name not in found and len(found) == MOST_GROUPS:
            raise BundleError(f"{units.side.path}: has more than {MOST_GROUPS:,} tools, more than can be compared")
        found.setdefault(name, _Calls()).add(success, duration)
    for tool, samples, shares in units.rows("tool_success_of_samples", units.sample_parameters):
        if (calls := found.get(text_of(tool)[:_LONGEST_NAME])) is not None:
            calls.samples, calls.shares = integer_of(samples), number_or_none(shares) or 0.0
    return found


def _count(name: str, calls: Mapping[str, _Calls]) -> int:
    return calls[name].count if name in calls else 0


def _success_p(base: _Calls, new: _Calls) -> float | None:
    """Return the p value over samples: the calls of one sample are not independent.

    A share varies less than a single call, so that the test of rounded sums of shares rather finds too little.
    """
    if not base.samples or not new.samples:
        return None
    counts = ((min(round(each.shares), each.samples), each.samples) for each in (base, new))
    return fisher_p(*next(counts), *next(counts))


def _latency_p(base: _Calls, new: _Calls) -> float | None:
    return rank_test(base.durations, new.durations).p_value if base.durations and new.durations else None


def _adjusted(p_values: Sequence[float | None]) -> Iterable[float | None]:
    """Return the p values after Holm's correction; those that are None are no tests."""
    adjusted = iter(holm_adjusted([value for value in p_values if value is not None]))
    return [None if value is None else next(adjusted) for value in p_values]
