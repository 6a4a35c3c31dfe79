"""Compare the medians of what paired samples scored and used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..inference.bootstrap import RESAMPLES, paired_medians
from ..sample_pairs.attempts import Attempt
from ..sample_pairs.pairing import Pair
from .delta_data import MetricDelta

_Value = Callable[[Attempt], float | None]

_METRICS: tuple[tuple[str, str, _Value], ...] = (
    ("score", "", lambda attempt: attempt.score),
    ("total_tokens", "tokens", lambda attempt: attempt.total_tokens),
    ("cost", "", lambda attempt: attempt.cost),
    ("duration_ms", "ms", lambda attempt: attempt.duration_ms),
    ("call_count", "calls", lambda attempt: attempt.call_count),
    ("failed_call_count", "calls", lambda attempt: attempt.failed_call_count),
)
"""The name of each metric, its unit, and its value; the unit of costs is a currency."""

_MANY, _FEWER_RESAMPLES = 2000, 400
"""Pairs from which fewer resamples do: the interval is narrow, and each resample takes longer."""


def metric_deltas(pairs: Sequence[Pair], currency: str) -> Iterator[MetricDelta]:
    """Yield the medians of each metric over the pairs for which it is known on both sides; none without such pairs."""
    for metric, unit, value in _METRICS:
        known = [
            (base, new)
            for base, new in ((pair.base.mean(value), pair.new.mean(value)) for pair in pairs)
            if base is not None and new is not None
        ]
        if known:
            resamples = RESAMPLES if len(known) <= _MANY else _FEWER_RESAMPLES
            medians = paired_medians([base for base, _ in known], [new for _, new in known], resamples=resamples)
            yield MetricDelta(metric, currency if metric == "cost" else unit, len(known), medians)
