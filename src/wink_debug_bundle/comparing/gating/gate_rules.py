"""Decide by rules whether a change may pass.

Each rule is a check that holds, fails, or cannot be judged. What cannot be judged never passes: an evaluation that broke
must not look like one that went well.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..plain_numbers import counted, percent
from ..verdict import VerdictWord
from .gate_data import BaselineFacts, Check, CheckState, EvaluationFacts, FailOn, GateRules

_MOST_NAMES = 5

_ROUNDING = 1e-9
"""What a share may be lower by than its limit: the mean of 0.7 and 0.7 and 0.7 is not quite 0.7."""


def gate_checks(new: EvaluationFacts, baseline: BaselineFacts | None, rules: GateRules) -> Iterator[Check]:
    """Yield how each rule ended."""
    yield _results(new, rules)
    yield _import([new] if baseline is None else [new, baseline.evaluation], rules)
    if rules.min_pass_rate is not None:
        yield _pass_rate(new, rules.min_pass_rate)
    if baseline is not None:
        before = (_baseline(baseline, rules), _prompts(baseline, rules))
        yield from before
        yield _comparison(baseline, rules, is_judged=all(check.state == CheckState.HOLDS for check in before))
        if rules.max_new_failures is not None:
            yield _new_failures(baseline, rules.max_new_failures)


def _check(name: str, *reasons: str, holds: bool = True, is_judged: bool = True) -> Check:
    state = CheckState.NOT_JUDGED if not is_judged else CheckState.HOLDS if holds else CheckState.FAILS
    return Check(name, state, reasons)


def _results(new: EvaluationFacts, rules: GateRules) -> Check:
    """Check that enough samples have a result: one that did not finish has few, and its pass rate may be high."""
    thresholds = rules.thresholds
    every = new.attempt_count + new.unread_count
    missing = new.unscored_count + new.unread_count
    share = missing / every if every else 0.0
    reasons = []
    if new.scored_samples < thresholds.fewest_pairs:
        reasons.append(
            f"{new.path} has {counted(new.scored_samples, 'sample')} with a result; at least "
            f"{thresholds.fewest_pairs} are needed."
        )
    if share > thresholds.most_unpaired:
        reasons.append(
            f"{missing:,} of {counted(every, 'attempt')} ({percent(share)}) {'has' if missing == 1 else 'have'} no result"
            f"{_unread_words(new.unread_count)}; at most {percent(thresholds.most_unpaired)} may."
        )
    have = f"{counted(new.scored_samples, 'sample')} {'has' if new.scored_samples == 1 else 'have'} a result."
    return _check("results", *(reasons or [have]), is_judged=not reasons)


def _unread_words(count: int) -> str:
    return f", {count:,} of them in damaged zips or runs that do not say which sample they are" if count else ""


def _import(evaluations: list[EvaluationFacts], rules: GateRules) -> Check:
    """Check that everything could be read, if that is asked for."""
    damaged = [each for each in evaluations if each.problem_count]
    reasons = [
        f"{each.path} has {counted(each.problem_count, 'problem')} at the import; the query problems lists them."
        for each in damaged
    ]
    return _check("import", *(reasons or ["Everything was read."]), is_judged=not (damaged and rules.strict))


def _pass_rate(new: EvaluationFacts, lowest: float) -> Check:
    if new.pass_rate is None:
        return _check("pass rate", "No sample has a result, so that there is no pass rate.", is_judged=False)
    interval = new.pass_rate.interval
    within = "" if interval is None else f" (95 % interval: {percent(interval.low)} to {percent(interval.high)})"
    rate = f"{percent(new.pass_rate.value)} of {counted(new.scored_samples, 'sample')} passed{within}"
    holds = new.pass_rate.value >= lowest - _ROUNDING
    just = ", which is a little more" if not holds and percent(new.pass_rate.value) == percent(lowest) else ""
    return _check("pass rate", f"{rate}; at least {percent(lowest)} must{just}.", holds=holds)


def _baseline(baseline: BaselineFacts, rules: GateRules) -> Check:
    """Check that the baseline is another evaluation: compared with itself, everything would pass."""
    path, count = baseline.evaluation.path, baseline.same_run_count
    if count > rules.thresholds.most_unpaired * baseline.pair_count:
        pairs = counted(baseline.pair_count, "pair")
        reason = (
            f"{count:,} of {pairs} are one and the same run in {path} and in the evaluation; name another baseline."
        )
        return _check("baseline", reason, is_judged=False)
    return _check("baseline", f"{path} has {counted(baseline.pair_count, 'sample')} in common with the evaluation.")


def _prompts(baseline: BaselineFacts, rules: GateRules) -> Check:
    """Check that the prompts are those of the baseline, so that a difference is the agent's."""
    changed = baseline.changed_prompts
    if changed == ():
        return _check("prompts", "The prompts are those of the baseline.")
    if changed is None:
        reason = "The bundles do not both record prompts, so that changes of them are not known."
    else:
        more = f" and {len(changed) - _MOST_NAMES:,} more" if len(changed) > _MOST_NAMES else ""
        reason = f"The prompts differ from those of the baseline: {', '.join(changed[:_MOST_NAMES])}{more}."
    if rules.allow_prompt_changes:
        return _check("prompts", reason)
    advice = "Allow unknown prompts" if changed is None else "If that is meant, allow it"
    return _check("prompts", reason, f"{advice} with --allow-prompt-changes.", is_judged=False)


def _comparison(baseline: BaselineFacts, rules: GateRules, *, is_judged: bool) -> Check:
    word = baseline.verdict.word
    failing = {VerdictWord.REGRESSION}
    if rules.fail_on == FailOn.SOFT_REGRESSION:
        failing.add(VerdictWord.SOFT_REGRESSION)
    first = f"{word.capitalize()}, compared with {baseline.evaluation.path}."
    return _check(
        "comparison",
        first,
        *baseline.verdict.reasons,
        holds=word not in failing,
        is_judged=is_judged and word != VerdictWord.NOT_COMPARABLE,
    )


def _new_failures(baseline: BaselineFacts, most: int) -> Check:
    count = len(baseline.new_failures)
    failures = f"{counted(count, 'sample')} passed in the baseline and {'fails' if count == 1 else 'fail'} now"
    fixed = f"{baseline.fixed_count:,} failed and pass now"
    return _check(
        "new failures",
        f"{failures}, {fixed}; at most {most:,} may be new failures.",
        holds=count <= most,
        is_judged=baseline.verdict.word != VerdictWord.NOT_COMPARABLE,
    )
