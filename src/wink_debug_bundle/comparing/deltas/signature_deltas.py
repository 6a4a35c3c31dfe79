"""Compare which failures occurred, by their signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...explore.costs.loose_values import integer_of, number_or_none, text_of, text_or_none
from .chosen_units import Units
from .delta_data import SignatureDelta, SignatureTrend

_LONGEST = 1000
"""Characters of an example; the table `failures` has no more."""

_DIGITS = 9
"""Decimal places of a share: that of three attempts of three is 1."""

_KINDS = ("run", "sample", "tool", "log")
_ORDER = tuple(SignatureTrend)


class _Key(NamedTuple):
    kind: str
    name: str
    signature: str


class _Found(NamedTuple):
    """How often a signature occurs on one side, in how many samples, in which part of their attempts, and an example."""

    failures: int = 0
    samples: int = 0
    share: float = 0.0
    example: str = ""
    example_name: str | None = None


def signature_deltas(base: Units, new: Units) -> tuple[SignatureDelta, ...]:
    """Return every failure signature with its numbers on both sides: new ones first, then by how much they changed."""
    bases, news = _found(base), _found(new)
    deltas = [_delta(key, bases.get(key, _Found()), news.get(key, _Found())) for key in {**bases, **news}]
    return tuple(sorted(deltas, key=_rank))


def _found(units: Units) -> Mapping[_Key, _Found]:
    found = {}
    rows = units.rows("failures_of_samples", units.sample_parameters)
    for kind, name, signature, count, samples, weight, message, run_id, session in rows:
        key = _Key(*(text_of(value)[:_LONGEST] for value in (kind, name, signature)))
        share = round((number_or_none(weight) or 0.0) / units.count, _DIGITS)
        example_name = text_or_none(session if run_id is None else run_id)
        found[key] = _Found(integer_of(count), integer_of(samples), share, text_of(message)[:_LONGEST], example_name)
    return found


def _delta(key: _Key, base: _Found, new: _Found) -> SignatureDelta:
    example = new if new.failures else base
    counts = base.failures, new.failures, base.samples, new.samples
    shares = base.share, new.share
    return SignatureDelta(*key, _trend(base, new), *counts, *shares, example.example, example.example_name)


def _trend(base: _Found, new: _Found) -> SignatureTrend:
    """Return what became of a signature, by shares: the evaluations may differ in size, and in repeats of samples."""
    if not base.failures:
        return SignatureTrend.NEW
    if not new.failures:
        return SignatureTrend.GONE
    if base.share == new.share:
        return SignatureTrend.SAME
    return SignatureTrend.GROWN if new.share > base.share else SignatureTrend.SHRUNK


def _rank(delta: SignatureDelta) -> tuple[int, int, int, _Key]:
    kind = _KINDS.index(delta.kind) if delta.kind in _KINDS else len(_KINDS)
    change = -abs(delta.new_samples - delta.base_samples)
    return _ORDER.index(delta.trend), kind, change, _Key(delta.kind, delta.name, delta.signature)
