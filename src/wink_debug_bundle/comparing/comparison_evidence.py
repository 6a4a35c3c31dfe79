"""Take from a comparison the numbers that its verdict rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .comparison_data import ComparedSide, PassDifference
from .deltas.delta_data import MetricDelta, SignatureDelta, ToolDelta
from .evidence import Evidence, MeasureChange, SignatureChange, ToolChange
from .sample_pairs.pairing import Pairing


def evidence_of(
    sides: tuple[ComparedSide, ComparedSide],
    pairing: Pairing,
    passes: PassDifference | None,
    *,
    metrics: Iterable[MetricDelta],
    tools: Iterable[ToolDelta],
    signatures: Iterable[SignatureDelta],
) -> Evidence:
    """Return the numbers; a pair counts as unpaired if a side has no score."""
    pair_count = passes.rates.pair_count if passes else 0
    unpaired = len(pairing.pairs) - pair_count + len(pairing.only_base) + len(pairing.only_new)
    attempts = ((*pair.base.attempts, *pair.new.attempts) for pair in pairing.pairs)
    return Evidence(
        pair_count,
        unpaired,
        sides[0].sample_count,
        sides[1].sample_count,
        passes.rates.base.value if passes else 0.0,
        passes.rates.new.value if passes else 0.0,
        passes.worse if passes else 0,
        passes.better if passes else 0,
        passes.p_value if passes else 1.0,
        passes.difference if passes else None,
        any(len(each) > 2 for each in attempts),
        tuple(_measures(metrics)),
        tuple(_tools(tools)),
        tuple(_signatures(sides, signatures)),
    )


def _measures(metrics: Iterable[MetricDelta]) -> Iterator[MeasureChange]:
    for each in metrics:
        is_cost = each.metric != "score"
        yield MeasureChange(each.metric, each.medians.base.value, each.medians.difference, lower_is_better=is_cost)


def _signatures(
    sides: tuple[ComparedSide, ComparedSide], signatures: Iterable[SignatureDelta]
) -> Iterator[SignatureChange]:
    base, new = (side.sample_count for side in sides)
    for each in signatures:
        yield SignatureChange(each.kind, each.signature, each.base_share * base, each.new_share * new)


def _tools(tools: Iterable[ToolDelta]) -> Iterator[ToolChange]:
    for each in tools:
        base, new = each.base.success_rate, each.new.success_rate
        if each.success_p is not None and base is not None and new is not None:
            yield ToolChange(each.tool_name, base, new, each.success_p)
