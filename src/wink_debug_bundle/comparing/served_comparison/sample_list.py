"""List the samples of a comparison, those that flipped first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from ..comparison_data import Comparison
from ..sample_pairs.pairing import Pair, Sample, Unpaired
from .page_order import ListedSample

MOST_LISTED = 20_000
_LONGEST_NAME = 200

_CHANGES = {
    (True, False): "lost",
    (False, True): "gained",
    (False, False): "failed in both",
    (True, True): "passed in both",
}
"""What became of a sample that passed, or not, in the base and now, in the order of the list."""

_NO_SCORE = "no score on a side"
_ORDER = [*_CHANGES.values(), _NO_SCORE]


def listed_samples(comparison: Comparison) -> Iterator[ListedSample]:
    """Yield the first samples: lost ones, gained ones, other pairs, and those without a pair."""
    pairing = comparison.pairing
    pairs = sorted(map(_paired, pairing.pairs), key=lambda sample: _ORDER.index(sample.change))
    alone = (_alone(pairing.only_base, "only in the base"), _alone(pairing.only_new, "only in the new evaluation"))
    yield from islice(chain(pairs, *alone), MOST_LISTED)


def _paired(pair: Pair) -> ListedSample:
    before, now = pair.base.is_passed, pair.new.is_passed
    change = _NO_SCORE if before is None or now is None else _CHANGES[before, now]
    return ListedSample(pair.name[:_LONGEST_NAME], pair.base.experiment, change, _shown(pair.base), _shown(pair.new))


def _alone(unpaired: Sequence[Unpaired], change: str) -> Iterator[ListedSample]:
    is_base = change == "only in the base"
    for each in unpaired:
        shown = _shown(each.sample)
        name, experiment = each.sample.name[:_LONGEST_NAME], each.sample.experiment
        yield ListedSample(name, experiment, change, shown if is_base else None, None if is_base else shown)


def _shown(sample: Sample) -> tuple[str, str | None]:
    """Return the result, and the run that tells it; of several attempts, how many passed."""
    telling = sample.telling
    if len(sample.attempts) == 1:
        return telling.result or "unknown", telling.shown_by
    passed = sum(attempt.success == 1 for attempt in sample.attempts)
    return f"{passed} of {len(sample.attempts)} passed", telling.shown_by
