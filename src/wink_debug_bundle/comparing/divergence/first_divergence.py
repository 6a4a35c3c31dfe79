"""Find the first step at which two runs of a sample differ."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from ...column_values import Outcome
from ...derive.signatures import signature
from ..sample_pairs.open_side import OpenSide
from ..sample_pairs.pairing import Pair
from .call_steps import AttemptCalls, CallStep
from .divergence_data import Divergence, DivergenceKind

_ALIGNED = 200
"""Calls after the first that differs which are aligned to see whether one side made an additional call."""


def first_divergence(base: OpenSide, new: OpenSide, pair: Pair) -> Divergence | None:
    """Return the first step at which the runs of a pair differ; None if they do not, or nothing of them is recorded.

    Calls are aligned by tool and parameters. Of several attempts, those are compared that ended as their sample did.

    Args:
        base: The bundle that is compared with.
        new: The one that is judged.
        pair: The sample on both sides.
    """
    sides = AttemptCalls(base, pair.base.telling), AttemptCalls(new, pair.new.telling)
    before, now = sides[0].steps(), sides[1].steps()
    found = differing_call(before, now)
    other_result = _differing_result(before, now)
    if found is not None:
        kind, at = found
        earlier = None if other_result is None or other_result >= at else other_result + 1
    elif other_result is not None:
        kind, at, earlier = DivergenceKind.RESULT, other_result, None
    else:
        kind, at, earlier = DivergenceKind.ANSWER, len(before), None
    shown = sides[0].shown(_at(before, at)), sides[1].shown(_at(now, at))
    if kind == DivergenceKind.ANSWER and shown[0].said == shown[1].said:
        return None
    return Divergence(kind, at + 1, *shown, earlier)


def differing_call(base: Sequence[CallStep], new: Sequence[CallStep]) -> tuple[DivergenceKind, int] | None:
    """Return what differs at the first call that is not the same or ended otherwise, and its position; None without one."""
    for at, (before, now) in enumerate(zip(base, new, strict=False)):
        if before.identity != now.identity:
            return _kind(base[at : at + _ALIGNED], new[at : at + _ALIGNED]), at
        if before.outcome != now.outcome and Outcome.UNKNOWN not in {before.outcome, now.outcome}:
            return DivergenceKind.OUTCOME, at
    if len(base) == len(new):
        return None
    longer = DivergenceKind.ONLY_BASE if len(base) > len(new) else DivergenceKind.ONLY_NEW
    return longer, min(len(base), len(new))


def _kind(base: Sequence[CallStep], new: Sequence[CallStep]) -> DivergenceKind:
    """Return whether the first calls differ, or one side made additional calls before those that both made."""
    matcher = SequenceMatcher(None, [step.identity for step in base], [step.identity for step in new], autojunk=False)
    how = {"delete": DivergenceKind.ONLY_BASE, "insert": DivergenceKind.ONLY_NEW}
    return how.get(matcher.get_opcodes()[0][0], DivergenceKind.CALL)


def _differing_result(base: Sequence[CallStep], new: Sequence[CallStep]) -> int | None:
    """Return the position of the first call before those that differ whose results do not say the same.

    Results differ in ids, times and paths from run to run; these are taken out.
    """
    for at, (before, now) in enumerate(zip(base, new, strict=False)):
        if before.identity != now.identity:
            return None
        if before.result != now.result and _said(before) != _said(now):
            return at
    return None


def _said(step: CallStep) -> str:
    return signature(step.result or "")


def _at(steps: Sequence[CallStep], position: int) -> CallStep | None:
    return steps[position] if position < len(steps) else None
