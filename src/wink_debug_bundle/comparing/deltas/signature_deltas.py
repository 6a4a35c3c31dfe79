"""Compare which failures occurred, by their signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...explore.costs.loose_values import integer_of, text_of, text_or_none
from .chosen_units import Units
from .delta_data import SignatureDelta, SignatureTrend

_LONGEST = 1000
"""Characters of an example; the table `failures` has no more."""

_KINDS = ("run", "sample", "tool", "log")
_ORDER = tuple(SignatureTrend)


class _Key(NamedTuple):
    kind: str
    name: str
    signature: str


class _Found(NamedTuple):
    """How often a signature occurs on one side, in how many runs or sessions, and an example."""

    failures: int = 0
    samples: int = 0
    example: str = ""
    example_name: str | None = None


def signature_deltas(base: Units, new: Units) -> tuple[SignatureDelta, ...]:
    """Return every failure signature with its numbers on both sides: new ones first, then by how much they changed."""
    bases, news = _found(base), _found(new)
    deltas = [
        _delta(key, bases.get(key, _Found()), news.get(key, _Found()), (base.count, new.count))
        for key in {**bases, **news}
    ]
    return tuple(sorted(deltas, key=_rank))


def _found(units: Units) -> Mapping[_Key, _Found]:
    found = {}
    for kind, name, signature, count, samples, message, run_id, session in units.rows("failures_of_samples"):
        key = _Key(*(text_of(value)[:_LONGEST] for value in (kind, name, signature)))
        example_name = text_or_none(session if run_id is None else run_id)
        found[key] = _Found(integer_of(count), integer_of(samples), text_of(message)[:_LONGEST], example_name)
    return found


def _delta(key: _Key, base: _Found, new: _Found, totals: tuple[int, int]) -> SignatureDelta:
    example = new if new.failures else base
    trend = _trend(base, new, totals)
    counts = base.failures, new.failures, base.samples, new.samples
    return SignatureDelta(*key, trend, *counts, example.example, example.example_name)


def _trend(base: _Found, new: _Found, totals: tuple[int, int]) -> SignatureTrend:
    """Return what became of a signature, by the share of samples: the evaluations may differ in size."""
    if not base.failures:
        return SignatureTrend.NEW
    if not new.failures:
        return SignatureTrend.GONE
    before, now = base.samples * totals[1], new.samples * totals[0]
    if before == now:
        return SignatureTrend.SAME
    return SignatureTrend.GROWN if now > before else SignatureTrend.SHRUNK


def _rank(delta: SignatureDelta) -> tuple[int, int, int, _Key]:
    kind = _KINDS.index(delta.kind) if delta.kind in _KINDS else len(_KINDS)
    change = -abs(delta.new_samples - delta.base_samples)
    return _ORDER.index(delta.trend), kind, change, _Key(delta.kind, delta.name, delta.signature)
