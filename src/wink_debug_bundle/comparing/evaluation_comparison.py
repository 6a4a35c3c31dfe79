"""Compare two evaluations that are in open bundles: pair their samples, and say what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..column_values import RunResult
from ..explore.costs.loose_values import text_of
from ..explore.costs.price_table import PriceTable
from ..explore.outcome import ResultCounts
from .comparison_data import ComparedSide, Comparison, Flip, FlipDirection, PassDifference, PassRates
from .comparison_evidence import evidence_of
from .deltas.chosen_units import Units
from .deltas.environment_deltas import environment_deltas
from .deltas.metric_deltas import metric_deltas
from .deltas.prompt_deltas import prompt_deltas
from .deltas.repeat_deltas import repeat_delta
from .deltas.signature_deltas import signature_deltas
from .deltas.tool_deltas import tool_deltas
from .divergence.first_divergence import first_divergence
from .inference.intervals import Estimate
from .inference.mcnemar import mcnemar_p
from .inference.paired_difference import paired_difference
from .inference.proportions import wilson_interval
from .sample_pairs.attempts import Attempt, read_attempts
from .sample_pairs.open_side import OpenSide
from .sample_pairs.pairing import Pair, Sample, pair_samples, telling_sides
from .sample_pairs.side_choice import BASE, NEW, Choice, Wish, check_paths, choose_samples
from .sample_pairs.unread_samples import count_unread
from .verdict import judge

_PROBLEMS = "SELECT count(*) FROM problems"
_BUNDLE = "SELECT bundle_id FROM bundle_meta LIMIT 1"


@dataclass(frozen=True, slots=True)
class Comparing:
    """What to compare, and how.

    Attributes:
        prices: What tokens cost.
        base: Which samples of the base.
        new: Which samples of the new evaluation.
        pair_by: JSON paths in the request whose values say which samples are the same; none for ids and requests.
        most_divergences: Flips whose first divergence is looked for; None for all of them.
    """

    prices: PriceTable
    base: Wish = BASE
    new: Wish = NEW
    pair_by: tuple[str, ...] = ()
    most_divergences: int | None = None


def compare_sides(base: OpenSide, new: OpenSide, comparing: Comparing) -> Comparison:
    """Return the comparison of two evaluations.

    Raises:
        ChoiceError: it is not clear which experiment is meant.
        BundleError: a bundle is damaged, or a path of `pair_by` is not one.
    """
    check_paths(base, comparing.pair_by)
    choices = choose_samples(base, comparing.base), choose_samples(new, comparing.new)
    return compare_chosen(base, new, choices, comparing)


def compare_chosen(base: OpenSide, new: OpenSide, choices: tuple[Choice, Choice], comparing: Comparing) -> Comparison:
    """Return the comparison of samples that are chosen already, whatever `comparing` wishes for.

    Raises:
        BundleError: a bundle is damaged.
    """
    across = _is_across(*choices)
    attempts = [
        list(read_attempts(side, choice, comparing.prices, comparing.pair_by))
        for side, choice in zip((base, new), choices, strict=True)
    ]
    pairing = pair_samples(*attempts, by_paths=bool(comparing.pair_by), across_experiments=across)
    pairs = pairing.pairs
    units = Units(base, pairing.base_samples), Units(new, pairing.new_samples)
    several = max(len(choice.experiments) for choice in choices) > 1
    sides = _side(base, choices[0], pairing.base_samples), _side(new, choices[1], pairing.new_samples)
    passes = _passes(pairs, several=several)
    metrics = tuple(metric_deltas(pairs, comparing.prices.currency))
    tools, signatures = tool_deltas(*units), signature_deltas(*units)
    evidence = evidence_of(sides, pairing, passes, metrics=metrics, tools=tools, signatures=signatures)
    return Comparison(
        judge(evidence),
        evidence,
        *sides,
        currency=comparing.prices.currency,
        pairing=pairing,
        passes=passes,
        by_experiment=tuple(_rates_by_experiment(pairs)) if several else (),
        metrics=metrics,
        tools=tools,
        flips=tuple(_with_divergences(base, new, _flips(pairs), comparing.most_divergences)),
        signatures=signatures,
        prompts=prompt_deltas(*units, pairs),
        environment=environment_deltas(*units),
        repeats=repeat_delta(pairing),
    )


def _is_across(base: Choice, new: Choice) -> bool:
    """Return whether one experiment is compared with one of another name, so that names do not matter."""
    return len(base.experiments) == 1 == len(new.experiments) and base.experiments != new.experiments


def _side(side: OpenSide, choice: Choice, samples: Sequence[Sample]) -> ComparedSide:
    attempts = [attempt for sample in samples for attempt in sample.attempts]
    costs = [attempt.cost for attempt in attempts if attempt.cost is not None]
    [[problem_count]] = side.rows(_PROBLEMS)
    return ComparedSide(
        str(side.path),
        choice.experiments,
        choice.evaluation,
        len(samples),
        _result_counts(attempts),
        _pass_rate([sample.success for sample in samples]),
        sum(attempt.total_tokens or 0 for attempt in attempts),
        sum(costs) if costs else None,
        problem_count,
        count_unread(side, choice.evaluation),
        next((text_of(bundle_id) for (bundle_id,) in side.rows(_BUNDLE)), None),
    )


def _result_counts(attempts: Iterable[Attempt]) -> ResultCounts:
    counts = dict.fromkeys([*map(str, RunResult), "unknown"], 0)
    for attempt in attempts:
        counts[attempt.result if attempt.result in counts else "unknown"] += 1
    return ResultCounts(**counts)


def _pass_rate(successes: Iterable[float | None]) -> Estimate | None:
    """Return the share of samples that passed with its Wilson interval; None if no sample has a score."""
    known = [success for success in successes if success is not None]
    return Estimate(sum(known) / len(known), wilson_interval(sum(known), len(known))) if known else None


def _scored(pairs: Iterable[Pair]) -> list[Pair]:
    return [pair for pair in pairs if pair.difference is not None]


def _passes(pairs: Sequence[Pair], *, several: bool) -> PassDifference | None:
    """Return the paired difference; samples that several experiments share are one cluster."""
    scored = _scored(pairs)
    rates = _rates(None, scored)
    if rates is None:
        return None
    base, new = [pair.base.success or 0.0 for pair in scored], [pair.new.success or 0.0 for pair in scored]
    clusters = [pair.name for pair in scored] if several else None
    better, worse = (
        sum(1 for one, other in zip(*sides, strict=True) if one < other) for sides in ((base, new), (new, base))
    )
    return PassDifference(
        rates, paired_difference(base, new, clusters), better, worse, mcnemar_p(lost=worse, gained=better)
    )


def _rates(experiment: str | None, scored: Sequence[Pair]) -> PassRates | None:
    base = _pass_rate(pair.base.success for pair in scored)
    new = _pass_rate(pair.new.success for pair in scored)
    return None if base is None or new is None else PassRates(experiment, len(scored), base, new)


def _rates_by_experiment(pairs: Iterable[Pair]) -> Iterator[PassRates]:
    groups: dict[str | None, list[Pair]] = {}
    for pair in _scored(pairs):
        groups.setdefault(pair.base.experiment, []).append(pair)
    for experiment, group in sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or "")):
        if (rates := _rates(experiment, group)) is not None:
            yield rates


def _flips(pairs: Iterable[Pair]) -> list[Flip]:
    """Return the samples that flipped, the lost ones first."""
    flips = []
    for pair in pairs:
        before, now = pair.base.is_passed, pair.new.is_passed
        if before is None or now is None or before == now:
            continue
        failed = pair.new if before else pair.base
        direction = FlipDirection.LOST if before else FlipDirection.GAINED
        flips.append(Flip(pair, direction, failed.telling.failure))
    return sorted(flips, key=lambda flip: flip.direction != FlipDirection.LOST)


def _with_divergences(base: OpenSide, new: OpenSide, flips: Sequence[Flip], most: int | None) -> Iterator[Flip]:
    count = len(flips) if most is None else most
    sides = telling_sides(base, new, [flip.pair for flip in flips[:count]])
    for flip in flips[:count]:
        yield replace(flip, divergence=first_divergence(*sides, flip.pair))
    yield from flips[count:]
