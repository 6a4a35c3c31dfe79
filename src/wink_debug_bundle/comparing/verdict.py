"""Say in words what the numbers of two evaluations show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .evidence import Evidence, MeasureChange, SignatureChange
from .inference.holm import holm_adjusted
from .inference.two_proportions import fisher_p
from .plain_numbers import counted, number, p_text, percent, points


class VerdictWord(StrEnum):
    """What two evaluations show about an agent.

    Attributes:
        REGRESSION: fewer samples pass, by more than chance explains.
        SOFT_REGRESSION: the pass rate shows nothing, and something else became worse: the score, tokens, cost, time, a
            tool, or a failure that is new or more frequent.
        IMPROVEMENT: more samples pass, by more than chance explains.
        NO_EVIDENCE: chance explains the difference, which does not prove that they are equal.
        NOT_COMPARABLE: there are too few pairs, or too many samples without one.
    """

    REGRESSION = "regression"
    SOFT_REGRESSION = "soft regression"
    IMPROVEMENT = "improvement"
    NO_EVIDENCE = "no evidence"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a difference counts.

    Attributes:
        significance: Largest p value that is not put down to chance. Of equal agents, half of it are called a
            regression, and half of it an improvement.
        smallest_change: Change of the pass rate that matters; of very many pairs, smaller ones are significant, too.
        fewest_pairs: Fewest samples with a result in both evaluations. Six flips, all in one direction, are the fewest
            with a p value below 0.05; below twenty pairs only a collapse has as many.
        most_unpaired: Largest share of samples without a result in one of the evaluations. Missing samples are seldom a
            random choice: those that crash an agent are often missing.
        largest_growth: Share of its median in the base by which another measure may become worse.
        smallest_slowdown_ms: Milliseconds by which the median duration must grow to count: how busy a machine is makes
            short samples a tenth slower.
        largest_tool_drop: How much less often the calls of a tool may succeed.
        fewest_failures: Fewest samples with a failure for it to count as new or more frequent.
    """

    significance: float = 0.05
    smallest_change: float = 0.01
    fewest_pairs: int = 20
    most_unpaired: float = 0.05
    largest_growth: float = 0.1
    smallest_slowdown_ms: float = 1000.0
    largest_tool_drop: float = 0.05
    fewest_failures: int = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What two evaluations show, and why, in sentences; the most important one is first."""

    word: VerdictWord
    reasons: tuple[str, ...]


DEFAULT_THRESHOLDS = Thresholds()

_ROUNDING = 1e-9
"""Difference of two rates that rounding makes, where samples count by shares."""

_DURATION = "duration_ms"

_WORDS = {
    "total_tokens": "number of tokens",
    _DURATION: "duration in ms",
    "call_count": "number of tool calls",
    "failed_call_count": "number of failed calls",
}
"""How sentences name a measure; others are named as they are."""


def judge(evidence: Evidence, thresholds: Thresholds = DEFAULT_THRESHOLDS) -> Verdict:
    """Return what the numbers show.

    The pass rate decides. Where chance explains its difference, other numbers can make a soft regression, and never an
    improvement.
    """
    if obstacles := tuple(_obstacles(evidence, thresholds)):
        return Verdict(VerdictWord.NOT_COMPARABLE, obstacles)
    change = evidence.new_rate - evidence.base_rate
    is_shown = p_value_of(evidence) <= thresholds.significance and abs(change) >= thresholds.smallest_change
    worse = tuple(_worse(evidence, thresholds))
    if is_shown:
        word = VerdictWord.REGRESSION if change < 0 else VerdictWord.IMPROVEMENT
    else:
        word = VerdictWord.SOFT_REGRESSION if worse else VerdictWord.NO_EVIDENCE
    limits = () if is_shown else tuple(_limits(evidence))
    return Verdict(word, (_pass_sentence(evidence, is_shown=is_shown), *worse, *limits))


def p_value_of(evidence: Evidence) -> float:
    """Return the p value of the pass rates' difference: McNemar's, or that of means where samples have several attempts.

    The mean of few samples with repeats has no normal distribution; then, too, the directions of the changes count.
    """
    difference = evidence.difference
    if not evidence.has_repeats or difference is None or difference.p_value is None or difference.clusters < 30:
        return evidence.exact_p
    return difference.p_value


def _obstacles(evidence: Evidence, thresholds: Thresholds) -> Iterator[str]:
    """Yield why the two evaluations cannot be compared."""
    for side, count in (("base", evidence.base_samples), ("new bundle", evidence.new_samples)):
        if not count:
            yield f"The {side} has no samples of an evaluation."
    if evidence.pair_count < thresholds.fewest_pairs:
        have = f"{counted(evidence.pair_count, 'sample')} {'has' if evidence.pair_count == 1 else 'have'}"
        yield f"{have} a result in both evaluations; at least {thresholds.fewest_pairs} are needed."
    if evidence.unpaired_share > thresholds.most_unpaired:
        every = counted(evidence.pair_count + evidence.unpaired_count, "sample")
        yield (
            f"{evidence.unpaired_count:,} of {every} ({percent(evidence.unpaired_share)}) "
            f"{'is' if evidence.unpaired_count == 1 else 'are'} missing, or without a result, in one of the evaluations; "
            f"at most {percent(thresholds.most_unpaired)} may be."
        )


def _pass_sentence(evidence: Evidence, *, is_shown: bool) -> str:
    change = evidence.new_rate - evidence.base_rate
    pairs = f"of {counted(evidence.pair_count, 'paired sample')}"
    moved = f"{evidence.worse:,} became worse and {evidence.better:,} better"
    if abs(change) < _ROUNDING:
        return f"The pass rate {pairs} stayed at {percent(evidence.base_rate)}: {moved}."
    rates = f"by {points(abs(change))}, from {percent(evidence.base_rate)} to {percent(evidence.new_rate)}"
    chance = "chance seldom gives" if is_shown else "chance may give"
    p_value = p_text(p_value_of(evidence))
    return (
        f"The pass rate {pairs} {'rose' if change > 0 else 'fell'} {rates}: {moved}; {chance} such a difference "
        f"(p {p_value})."
    )


def _limits(evidence: Evidence) -> Iterator[str]:
    """Yield which differences the pairs cannot show."""
    difference = evidence.difference
    if difference is not None and difference.smallest is not None:
        yield f"So many pairs show a true difference of {points(difference.smallest)} in 80 of 100 cases, smaller ones less often."
    elif evidence.worse + evidence.better == 0:
        yield "No sample changed, so that nothing is known about how small a difference they would show."


def _worse(evidence: Evidence, thresholds: Thresholds) -> Iterator[str]:
    """Yield what became worse besides the pass rate, by more than chance and by more than the thresholds allow."""
    for measure in evidence.measures:
        if _is_worse(measure, thresholds):
            yield _measure_sentence(measure)
    for tool in evidence.tools:
        if tool.p_value <= thresholds.significance and tool.base_rate - tool.new_rate >= thresholds.largest_tool_drop:
            rates = f"{percent(tool.new_rate)} of its calls now, {percent(tool.base_rate)} before"
            yield f"The tool {tool.tool_name!r} succeeds less often: {rates} (p {p_text(tool.p_value)})."
    yield from _grown_failures(evidence, thresholds)


def _is_worse(measure: MeasureChange, thresholds: Thresholds) -> bool:
    """Return whether all of the interval is on the worse side of 0, and the difference is large."""
    interval = measure.difference.interval
    if interval is None:
        return False
    is_shown = interval.low > 0 if measure.lower_is_better else interval.high < 0
    smallest = thresholds.smallest_slowdown_ms if measure.name == _DURATION else 0.0
    return is_shown and abs(measure.difference.value) >= max(thresholds.largest_growth * abs(measure.base), smallest)


def _measure_sentence(measure: MeasureChange) -> str:
    interval = measure.difference.interval
    now = measure.base + measure.difference.value
    verb = "rose" if measure.difference.value > 0 else "fell"
    within = "" if interval is None else f" (95 % of resamples: {number(interval.low)} to {number(interval.high)})"
    change = number(abs(measure.difference.value))
    return f"The median {_WORDS.get(measure.name, measure.name)} {verb} by {change}, from {number(measure.base)} to {number(now)}{within}."


def _grown_failures(evidence: Evidence, thresholds: Thresholds) -> Iterator[str]:
    """Yield the failures that are new or more frequent by Fisher's test, with Holm's correction over all signatures."""
    p_values = holm_adjusted([_growth_p(each, evidence) for each in evidence.signatures])
    for each, p_value in zip(evidence.signatures, p_values, strict=True):
        has_grown = each.new_samples * evidence.base_samples > each.base_samples * evidence.new_samples
        is_shown = p_value <= thresholds.significance and each.new_samples >= thresholds.fewest_failures
        if has_grown and is_shown:
            word = "new" if each.base_samples == 0 else "more frequent"
            yield f"A failure ({each.kind}) is {word}: {each.signature!r}, in {_occurrences(each, evidence)} (p {p_text(p_value)})."


def _growth_p(each: SignatureChange, evidence: Evidence) -> float:
    """Return the p value of a signature's shares by Fisher's test over samples.

    Attempts of one sample are not independent. The share of them varies less than the result of a single one, so that
    the test over rounded sums of shares rather finds too little than too much.
    """
    base, new = evidence.base_samples, evidence.new_samples
    return fisher_p(min(round(each.base_samples), base), base, min(round(each.new_samples), new), new)


def _occurrences(each: SignatureChange, evidence: Evidence) -> str:
    if not evidence.has_repeats:
        return f"{counted(round(each.new_samples), 'sample')} now, {round(each.base_samples):,} before"
    shares = each.new_samples / evidence.new_samples, each.base_samples / max(1, evidence.base_samples)
    return f"{percent(shares[0])} of the attempts now, {percent(shares[1])} before"
