"""The public function `gate`: read an evaluation, and its baseline if there is one, and judge it by rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...explore.costs.price_table import read_prices
from ..compare_bundles import Bundle, compare, opened_side
from ..comparison_data import Comparison, FlipDirection
from ..deltas.delta_data import PromptDelta
from ..inference.intervals import Estimate
from ..inference.proportions import wilson_interval
from ..sample_pairs.attempts import read_attempts
from ..sample_pairs.pairing import Pair, Sample, pair_samples
from ..sample_pairs.side_choice import Wish, choose_samples
from ..sample_pairs.unread_samples import count_unread
from ..verdict import DEFAULT_THRESHOLDS, Thresholds, judge
from .gate_data import BaselineFacts, EvaluationFacts, FailOn, GateRules, NewFailure
from .gate_result import GateResult
from .gate_rules import gate_checks

_PROBLEMS = "SELECT count(*) FROM problems"


def gate(
    new: Bundle,
    baseline: Bundle | None = None,
    *,
    min_pass_rate: float | None = None,
    max_new_failures: int | None = None,
    fail_on: FailOn | str = FailOn.REGRESSION,
    strict: bool = False,
    allow_prompt_changes: bool = False,
    min_samples: int = DEFAULT_THRESHOLDS.fewest_pairs,
    max_unpaired: float = DEFAULT_THRESHOLDS.most_unpaired,
    experiment: str | None = None,
    base_experiment: str | None = None,
    new_experiment: str | None = None,
    all_experiments: bool = False,
    base_evaluation: str | None = None,
    new_evaluation: str | None = None,
    pair_by: Sequence[str] = (),
) -> GateResult:
    """Judge whether a change may pass: by a baseline, by a lowest pass rate, or by both.

    Example::

        result = wink_debug_bundle.gate("branch.db", "main.db")
        print(result.to_text())
        sys.exit(result.exit_code)

    Args:
        new: The evaluation to judge: an open bundle, or the path of one, or of a dataset, which may be a URL.
        baseline: The evaluation to compare it with.
        min_pass_rate: Lowest share of samples that must pass, between 0 and 1.
        max_new_failures: How many samples may fail that passed in the baseline. Without a limit, single ones do not fail
            the gate, as chance gives some.
        fail_on: The mildest verdict that fails the gate: "regression" or "soft-regression".
        strict: Whether problems at the import make an evaluation one that cannot be judged.
        allow_prompt_changes: Whether the prompts may differ from those of the baseline.
        min_samples: Fewest samples with a result; beside a baseline, with one in both.
        max_unpaired: Largest share of samples without a result, or without one in the baseline.
        experiment: Name of the experiment, in both.
        base_experiment: Name of the experiment in the baseline, if it differs.
        new_experiment: Name of the experiment in the new evaluation, if it differs.
        all_experiments: Whether all experiments are judged together.
        base_evaluation: Label, or name, of the evaluation, if the bundle of the baseline has several.
        new_evaluation: Label, or name, of the evaluation to judge, if its bundle has several.
        pair_by: JSON paths in the request whose values say which samples are the same.

    Raises:
        ValueError: there is neither a baseline nor a lowest pass rate, or a limit is not one.
        BundleError: a bundle cannot be read, or it is not clear which samples are meant.
    """
    rules = GateRules(
        min_pass_rate,
        max_new_failures,
        FailOn(fail_on),
        strict,
        allow_prompt_changes,
        Thresholds(fewest_pairs=min_samples, most_unpaired=max_unpaired),
    )
    _refuse_empty_rules(rules, has_baseline=baseline is not None)
    wish = Wish("new", new_evaluation, new_experiment or experiment, all_experiments)
    if baseline is None:
        facts = _facts_of_bundle(new, wish)
        return GateResult(facts, None, tuple(gate_checks(facts, None, rules)))
    comparison = compare(
        baseline,
        new,
        experiment=experiment,
        base_experiment=base_experiment,
        new_experiment=new_experiment,
        all_experiments=all_experiments,
        base_evaluation=base_evaluation,
        new_evaluation=new_evaluation,
        pair_by=pair_by,
    )
    facts = _new_facts(comparison)
    beside = _baseline_facts(comparison, rules.thresholds)
    return GateResult(facts, beside, tuple(gate_checks(facts, beside, rules)), comparison)


def _refuse_empty_rules(rules: GateRules, *, has_baseline: bool) -> None:
    """Raise for rules that would let everything pass.

    Raises:
        ValueError: there is nothing to judge by.
    """
    if not has_baseline and rules.min_pass_rate is None:
        raise ValueError("there is nothing to judge by: name a baseline, or a lowest pass rate")
    if not has_baseline and rules.max_new_failures is not None:
        raise ValueError("new failures are those that a baseline does not have: name a baseline")
    for name, share in (("min_pass_rate", rules.min_pass_rate), ("max_unpaired", rules.thresholds.most_unpaired)):
        if share is not None and not 0 <= share <= 1:
            raise ValueError(f"{name} is {share}: not between 0 and 1")
    if rules.thresholds.fewest_pairs < 1:
        raise ValueError(f"min_samples is {rules.thresholds.fewest_pairs}: without samples, there is nothing to judge")
    if rules.max_new_failures is not None and rules.max_new_failures < 0:
        raise ValueError(f"max_new_failures is {rules.max_new_failures}: not a number of samples")


def _facts_of_bundle(bundle: Bundle, wish: Wish) -> EvaluationFacts:
    """Return the facts of an evaluation without a baseline."""
    with opened_side(bundle) as side:
        choice = choose_samples(side, wish)
        attempts = list(read_attempts(side, choice, read_prices(None)))
        [[problem_count]] = side.rows(_PROBLEMS)
        samples = [each.sample for each in pair_samples([], attempts).only_new]
        return _facts(str(side.path), samples, problem_count, count_unread(side, choice.evaluation))


def _facts(path: str, samples: Sequence[Sample], problem_count: int, unread_count: int) -> EvaluationFacts:
    results = [attempt.success for sample in samples for attempt in sample.attempts]
    known = [success for success in (sample.success for sample in samples) if success is not None]
    rate = Estimate(sum(known) / len(known), wilson_interval(sum(known), len(known))) if known else None
    return EvaluationFacts(path, len(results), results.count(None), len(known), rate, problem_count, unread_count)


def _new_facts(comparison: Comparison) -> EvaluationFacts:
    samples = comparison.pairing.new_samples
    return _facts(comparison.new.name, samples, comparison.new.problem_count, comparison.new.unread_count)


def _baseline_facts(comparison: Comparison, thresholds: Thresholds) -> BaselineFacts:
    pairs = comparison.pairing.pairs
    samples = comparison.pairing.base_samples
    failures = tuple(_new_failures(comparison))
    return BaselineFacts(
        _facts(comparison.base.name, samples, comparison.base.problem_count, comparison.base.unread_count),
        judge(comparison.evidence, thresholds),
        failures,
        len(comparison.flips) - len(failures),
        _changed_prompts(comparison.prompts),
        len(pairs),
        len(pairs) if comparison.is_with_itself else sum(map(_is_same_run, pairs)),
    )


def _new_failures(comparison: Comparison) -> Iterator[NewFailure]:
    for flip in comparison.flips:
        if flip.direction == FlipDirection.LOST:
            yield NewFailure(flip.pair.name, flip.reason, flip.pair.new.telling.shown_by)


def _is_same_run(pair: Pair) -> bool:
    """Return whether both sides share an execution: each has a session of its own."""
    return bool(_sessions(pair.base) & _sessions(pair.new))


def _sessions(sample: Sample) -> set[str]:
    return {attempt.session_id for attempt in sample.attempts if attempt.session_id is not None}


def _changed_prompts(prompts: PromptDelta) -> tuple[str, ...] | None:
    """Return what differs, by name; None if no prompt is known on both sides."""
    changed = dict.fromkeys(f"{part.prompt} ({part.kind} {part.name})" for part in prompts.parts)
    changed |= dict.fromkeys(_changed_texts(prompts))
    return tuple(changed) if changed or any(text.pair_count for text in prompts.texts) else None


def _changed_texts(prompts: PromptDelta) -> Iterable[str]:
    for text in prompts.texts:
        if text.changed_count:
            yield f"{text.prompt} (text in {text.changed_count:,} of {text.pair_count:,} samples)"
