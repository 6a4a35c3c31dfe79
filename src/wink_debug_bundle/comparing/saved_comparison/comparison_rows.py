"""Make rows of a comparison, for each table of its file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from ..comparison_data import Comparison
from ..divergence.divergence_data import DivergingStep
from ..inference.intervals import Estimate, Interval
from ..sample_pairs.attempts import Attempt
from ..sample_pairs.pairing import Sample

Row = Mapping[str, object]

_MEANS: Mapping[str, Callable[[Attempt], float | None]] = {
    "score": lambda attempt: attempt.score,
    "tokens": lambda attempt: attempt.total_tokens,
    "cost": lambda attempt: attempt.cost,
    "ms": lambda attempt: attempt.duration_ms,
    "calls": lambda attempt: attempt.call_count,
}


def table_rows(comparison: Comparison) -> Iterator[tuple[str, Row]]:
    """Yield every row with its table."""
    yield "comparison", _comparison(comparison)
    yield from (("pairs", row) for row in _pairs(comparison))
    yield from _flips(comparison)
    yield from (("metric_deltas", row) for row in _metrics(comparison))
    yield from (("tool_deltas", row) for row in _tools(comparison))
    yield from (("signature_deltas", row) for row in _signatures(comparison))
    yield from (("prompt_deltas", row) for row in _prompts(comparison))
    for fact in comparison.environment.changed:
        values = {"base": json.dumps(fact.base), "new": json.dumps(fact.new)}
        yield "environment_deltas", {"kind": fact.kind, "name": fact.name, **values}


def _comparison(comparison: Comparison) -> Row:
    passes = comparison.passes
    numbers: dict[str, object] = {"pair_count": 0, "worse": 0, "better": 0}
    if passes is not None:
        difference = passes.difference
        numbers = {
            "pair_count": passes.rates.pair_count,
            **_estimate("base", passes.rates.base, "rate"),
            **_estimate("new", passes.rates.new, "rate"),
            "difference": difference.mean,
            **_ends("difference", difference.interval),
            "smallest_difference": difference.smallest,
            "worse": passes.worse,
            "better": passes.better,
            "p_value": passes.p_value,
        }
    return {
        "verdict": comparison.verdict.word.value,
        "reasons": json.dumps(comparison.verdict.reasons, ensure_ascii=False),
        "base": comparison.base.name,
        "new": comparison.new.name,
        "base_evaluation": comparison.base.evaluation,
        "new_evaluation": comparison.new.evaluation,
        "base_experiments": json.dumps(comparison.base.experiments),
        "new_experiments": json.dumps(comparison.new.experiments),
        **numbers,
        "currency": comparison.currency,
    }


def _estimate(side: str, estimate: Estimate, what: str = "") -> Row:
    name = f"{side}_{what}" if what else side
    return {name: estimate.value, **_ends(side, estimate.interval)}


def _ends(side: str, interval: Interval | None) -> Row:
    if interval is None:
        return {f"{side}_low": None, f"{side}_high": None}
    return {f"{side}_low": interval.low, f"{side}_high": interval.high}


def _pairs(comparison: Comparison) -> Iterator[Row]:
    pairing = comparison.pairing
    for pair in pairing.pairs:
        known = {"paired_by": pair.paired_by.value, "difference": pair.difference}
        yield {"sample": pair.name, **known, **_sides(pair.base, pair.new)}
    for each in pairing.only_base:
        yield {"sample": each.sample.name, "unpaired_reason": each.reason, **_sides(each.sample, None)}
    for each in pairing.only_new:
        yield {"sample": each.sample.name, "unpaired_reason": each.reason, **_sides(None, each.sample)}


def _sides(base: Sample | None, new: Sample | None) -> Row:
    one = base or new
    return {
        "experiment": one.experiment if one else None,
        **(_side("base", base) if base else {"base_attempts": 0}),
        **(_side("new", new) if new else {"new_attempts": 0}),
    }


def _side(side: str, sample: Sample) -> Row:
    means = {f"{side}_{name}": sample.mean(value) for name, value in _MEANS.items()}
    return {
        f"{side}_run": sample.telling.shown_by,
        f"{side}_attempts": len(sample.attempts),
        f"{side}_success": sample.success,
        **means,
        f"{side}_failure": sample.telling.failure,
    }


def _flips(comparison: Comparison) -> Iterator[tuple[str, Row]]:
    """Yield flips and divergences; `pairs` numbers its rows from 1."""
    numbers = {id(pair): number for number, pair in enumerate(comparison.pairing.pairs, 1)}
    for flip in comparison.flips:
        pair_id = numbers[id(flip.pair)]
        yield "flips", {"pair_id": pair_id, "direction": flip.direction.value, "reason": flip.reason}
        if (found := flip.divergence) is not None:
            known = {"kind": found.kind.value, "step": found.step, "other_result": found.other_result}
            yield "divergences", {"pair_id": pair_id, **known, **_step("base", found.base), **_step("new", found.new)}


def _step(side: str, step: DivergingStep) -> Row:
    return {
        f"{side}_call": step.call_id,
        f"{side}_tool": step.tool_name,
        f"{side}_parameters": step.parameters,
        f"{side}_outcome": step.outcome,
        f"{side}_result": step.result,
        f"{side}_said": step.said,
    }


def _metrics(comparison: Comparison) -> Iterator[Row]:
    for each in comparison.metrics:
        medians = each.medians
        sides = {**_estimate("base", medians.base), **_estimate("new", medians.new)}
        known = {"metric": each.metric, "unit": each.unit, "pair_count": each.pair_count}
        yield {**known, **sides, **_estimate("difference", medians.difference)}


def _tools(comparison: Comparison) -> Iterator[Row]:
    for each in comparison.tools:
        row: dict[str, object] = {"tool_name": each.tool_name, "success_p": each.success_p, "latency_p": each.latency_p}
        for side, use in (("base", each.base), ("new", each.new)):
            row[f"{side}_calls"] = use.call_count
            row[f"{side}_success_rate"] = use.success_rate
            row[f"{side}_median_ms"] = use.median_ms
        yield row


def _signatures(comparison: Comparison) -> Iterator[Row]:
    for each in comparison.signatures:
        yield {
            "kind": each.kind,
            "name": each.name,
            "signature": each.signature,
            "trend": each.trend.value,
            "base_count": each.base_count,
            "new_count": each.new_count,
            "base_samples": each.base_samples,
            "new_samples": each.new_samples,
            "base_share": each.base_share,
            "new_share": each.new_share,
            "example": each.example,
            "example_run": each.example_name,
        }


def _prompts(comparison: Comparison) -> Iterator[Row]:
    for part in comparison.prompts.parts:
        hashes = {"base_hashes": json.dumps(part.base_hashes), "new_hashes": json.dumps(part.new_hashes)}
        yield {"prompt": part.prompt, "kind": part.kind, "name": part.name, **hashes}
    for text in comparison.prompts.texts:
        counts = {"pair_count": text.pair_count, "changed_count": text.changed_count}
        diff = "\n".join(text.diff) if text.diff else None
        yield {"prompt": text.prompt, "kind": "text", "name": "", **counts, "example": text.example, "diff": diff}
