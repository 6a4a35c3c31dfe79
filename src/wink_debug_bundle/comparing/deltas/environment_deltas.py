"""Compare the environments in which the samples ran: packages, git commits, variables."""

from __future__ import annotations

from collections.abc import Mapping

from ...explore.costs.loose_values import text_of, text_or_none
from .chosen_units import Units
from .delta_data import EnvironmentDelta, EnvironmentDeltas

_MOST_VALUES = 5
"""Values of a fact on one side up to which it can be said to have changed; one with more differs from run to run."""

_Facts = Mapping[tuple[str, str], list[str | None]]


def environment_deltas(base: Units, new: Units) -> EnvironmentDeltas:
    """Return the facts whose values are not the same on both sides; none if a side records no environment."""
    bases, news = _facts(base), _facts(new)
    if not bases or not news:
        return EnvironmentDeltas((), ())
    changed, varying = [], []
    for kind, name in sorted({*bases, *news}):
        before, now = bases.get((kind, name), []), news.get((kind, name), [])
        if set(before) == set(now):
            continue
        if len(before) > _MOST_VALUES and len(now) > _MOST_VALUES:
            varying.append(name)
        else:
            changed.append(EnvironmentDelta(kind, name, tuple(before[:_MOST_VALUES]), tuple(now[:_MOST_VALUES])))
    return EnvironmentDeltas(tuple(changed), tuple(varying))


def _facts(units: Units) -> _Facts:
    facts: dict[tuple[str, str], list[str | None]] = {}
    for kind, name, value, _ in units.rows("environment_of_samples"):
        facts.setdefault((text_of(kind), text_of(name)), []).append(text_or_none(value))
    return facts
