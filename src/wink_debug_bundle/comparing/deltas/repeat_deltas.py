"""Compare what several attempts at a sample reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..inference.repeats import Attempts, RepeatRates, flaky_samples, repeat_rates
from ..sample_pairs.pairing import Pairing, Sample
from .delta_data import RepeatDelta

_MOST_ATTEMPTS = 10
"""Largest k of pass@k."""


def repeat_delta(pairing: Pairing) -> RepeatDelta:
    """Return pass@k and pass^k of all samples of both sides, and which are flaky; nothing without repeats."""
    base, new = _attempts(pairing.base_samples), _attempts(pairing.new_samples)
    if max((each.total for each in (*base.values(), *new.values())), default=0) < 2:
        return RepeatDelta()
    rates = tuple(_rates(base)), tuple(_rates(new))
    return RepeatDelta(*rates, tuple(flaky_samples(base)), tuple(flaky_samples(new)))


def _attempts(samples: Sequence[Sample]) -> Mapping[str, Attempts]:
    """Return how many scored attempts at each sample passed; samples of several experiments have theirs in the name."""
    several = len({sample.experiment for sample in samples}) > 1
    found = {}
    for sample in samples:
        scored = [attempt.success for attempt in sample.attempts if attempt.success is not None]
        name = f"{sample.name} ({sample.experiment})" if several else sample.name
        if scored:
            found[name] = Attempts(int(sum(scored)), len(scored))
    return found


def _rates(samples: Mapping[str, Attempts]) -> Iterator[RepeatRates]:
    for k in range(1, min(max((each.total for each in samples.values()), default=0), _MOST_ATTEMPTS) + 1):
        if (rates := repeat_rates(samples.values(), k)) is not None:
            yield rates
