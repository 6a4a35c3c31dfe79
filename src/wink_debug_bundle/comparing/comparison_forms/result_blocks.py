"""Say which samples pass, which flipped, and what they used, as blocks of a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence

from ..comparison_data import Comparison, Flip, FlipDirection, PassDifference
from ..deltas.delta_data import MetricDelta
from ..inference.intervals import Interval
from ..plain_numbers import counted, number, p_text, percent, points
from ..sample_pairs.pairing import PairedBy, Unpaired
from .divergence_blocks import divergence_words, place_of
from .document_blocks import MOST_ROWS, Block, more_rows, signed

_METRICS = {
    "score": "score",
    "total_tokens": "tokens",
    "duration_ms": "duration (ms)",
    "call_count": "tool calls",
    "failed_call_count": "failed calls",
}


def result_blocks(comparison: Comparison) -> Iterator[Block]:
    """Yield the numbers of the pairs, those of each experiment, the samples without a pair, and the flips."""
    yield from _numbers(comparison)
    yield from _experiments(comparison)
    yield _samples(comparison)
    yield from _flips(comparison.flips, _ambiguous_names(comparison))


def _numbers(comparison: Comparison) -> Iterator[Block]:
    rows = [_pass_row(comparison.passes)] if comparison.passes else []
    rows += [_metric_row(metric) for metric in comparison.metrics]
    if rows:
        columns = ("", "base", "new", "difference", "95 % interval", "pairs")
        yield Block("Pass rate, and medians, of paired samples", (), columns, tuple(rows))
    if comparison.passes:
        yield Block("How certain the pass rates are", tuple(_certainty(comparison.passes)))


def _pass_row(passes: PassDifference) -> tuple[str, ...]:
    difference = passes.difference
    ends = difference.interval
    interval = "unknown" if ends is None else f"{100 * ends.low:+.1f} to {100 * ends.high:+.1f}"
    rates = percent(passes.rates.base.value), percent(passes.rates.new.value)
    return "passed", *rates, f"{100 * difference.mean:+.1f} points", interval, f"{difference.pairs:,}"


def _metric_row(metric: MetricDelta) -> tuple[str, ...]:
    medians = metric.medians
    interval = "unknown" if medians.difference.interval is None else _interval(medians.difference.interval)
    name = _METRICS.get(metric.metric, f"{metric.metric} ({metric.unit})")
    values = number(medians.base.value), number(medians.new.value), signed(medians.difference.value)
    return name, *values, interval, f"{metric.pair_count:,}"


def _certainty(passes: PassDifference) -> Iterator[str]:
    base, new = passes.rates.base.interval, passes.rates.new.interval
    if base is not None and new is not None:
        yield f"95 % intervals (Wilson): base {_range(base)}, new {_range(new)}."
    moved = f"{passes.worse:,} became worse, {passes.better:,} better"
    yield f"{moved}: p {p_text(passes.p_value)} (McNemar's exact test)."
    if passes.difference.smallest is not None:
        yield f"Smallest difference that so many pairs can show: {points(passes.difference.smallest)}."


def _experiments(comparison: Comparison) -> Iterator[Block]:
    rows = tuple(
        (each.experiment or "(no name)", percent(each.base.value), percent(each.new.value), f"{each.pair_count:,}")
        for each in comparison.by_experiment
    )
    if rows:
        yield Block("Pass rate of each experiment", (), ("", "base", "new", "pairs"), rows)


def _samples(comparison: Comparison) -> Block:
    pairing = comparison.pairing
    by_request = sum(1 for pair in pairing.pairs if pair.paired_by == PairedBy.REQUEST)
    how = f" ({by_request:,} by their requests)" if by_request else ""
    unscored = sum(1 for pair in pairing.pairs if pair.difference is None)
    alone = f"{len(pairing.only_base):,} only in the base, {len(pairing.only_new):,} only in the new evaluation"
    lines = [f"{counted(len(pairing.pairs), 'pair')}{how}, {alone}."]
    if unscored:
        lines.append(f"{counted(unscored, 'pair')} without a score on one side; see --format json.")
    for what, unpaired in (("the base", pairing.only_base), ("the new evaluation", pairing.only_new)):
        lines += _unpaired(what, unpaired)
    return Block("Samples", tuple(lines))


def _unpaired(what: str, unpaired: Sequence[Unpaired]) -> Iterator[str]:
    if unpaired:
        names = ", ".join(each.sample.name for each in unpaired[:MOST_ROWS])
        more = f" and {len(unpaired) - MOST_ROWS:,} more" if len(unpaired) > MOST_ROWS else ""
        yield f"Only in {what}: {names}{more}."


def _ambiguous_names(comparison: Comparison) -> set[str]:
    """Return the names that samples of several experiments have."""
    counts = Counter(pair.name for pair in comparison.pairing.pairs) if comparison.by_experiment else Counter()
    return {name for name, count in counts.items() if count > 1}


def _flips(flips: Sequence[Flip], ambiguous: Container[str]) -> Iterator[Block]:
    for direction in FlipDirection:
        chosen = [flip for flip in flips if flip.direction == direction]
        if chosen:
            title = f"{direction.capitalize()}: {counted(len(chosen), 'sample')}"
            columns = ("sample", "base", "new", "why it failed, and where the runs part")
            rows = tuple(_flip_row(flip, ambiguous) for flip in chosen[:MOST_ROWS])
            yield Block(title, tuple(more_rows(chosen)), columns, rows, has_text=True)


def _flip_row(flip: Flip, ambiguous: Container[str]) -> tuple[str, ...]:
    reason = flip.reason or "no reason is recorded"
    places = place_of(flip.pair.base.telling), place_of(flip.pair.new.telling)
    where = f"; {divergence_words(flip.divergence)}" if flip.divergence else ""
    name = flip.pair.name
    shown = f"{name} ({flip.pair.base.experiment or 'no experiment'})" if name in ambiguous else name
    return shown, *places, f"{reason}{where}"


def _interval(interval: Interval) -> str:
    return f"{signed(interval.low)} to {signed(interval.high)}"


def _range(interval: Interval) -> str:
    return f"{percent(interval.low)} to {percent(interval.high)}"
