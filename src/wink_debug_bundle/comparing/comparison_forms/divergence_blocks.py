"""Say where two runs of a sample part: in a few words, or as blocks of a document."""

from __future__ import annotations

from collections.abc import Iterator

from ..divergence.divergence_data import Divergence, DivergenceKind, DivergingStep
from ..sample_pairs.attempts import Attempt
from ..sample_pairs.pairing import Pair
from .document_blocks import Block


def divergence_words(divergence: Divergence | None) -> str:
    """Return in a few words where two runs part."""
    if divergence is None:
        return "calls and last words do not differ, or are not recorded"
    step, base, new = divergence.step, divergence.base.tool_name, divergence.new.tool_name
    match divergence.kind:
        case DivergenceKind.CALL if base == new:
            return f"call {step}: {base} with other parameters"
        case DivergenceKind.CALL:
            return f"call {step}: {base} in the base, {new} now"
        case DivergenceKind.OUTCOME:
            return f"call {step}: {base} {divergence.base.outcome} in the base, {divergence.new.outcome} now"
        case DivergenceKind.ONLY_BASE:
            return f"call {step}: only the base calls {base}"
        case DivergenceKind.ONLY_NEW:
            return f"call {step}: only the new run calls {new}"
        case DivergenceKind.RESULT:
            return f"call {step}: {base} returns something else"
        case DivergenceKind.ANSWER:
            return "the calls are the same; the last words differ"


def divergence_blocks(pair: Pair, divergence: Divergence | None) -> Iterator[Block]:
    """Yield what both runs of a sample did at the first step that differs, and what they said before it."""
    words = divergence_words(divergence)
    sides = pair.base.telling, pair.new.telling
    results = f"{attempt_words(sides[0])} in the base, {attempt_words(sides[1])} now."
    reasons = (f"Why: {attempt.failure}" for attempt in sides if attempt.failure)
    yield Block(f"{pair.name}: {words}", (results, *reasons))
    if divergence is not None:
        yield _step_block("Base", divergence.base)
        yield _step_block("New", divergence.new)
        if divergence.other_result is not None:
            yield Block(f"Before it, the result of call {divergence.other_result} differs already.")


def _step_block(side: str, step: DivergingStep) -> Block:
    lines = [f"Said before: {step.said}"] if step.said else []
    if step.tool_name is None:
        return Block(f"{side}: no further call", tuple(lines))
    lines += [f"Parameters: {step.parameters}"] if step.parameters else []
    lines += [f"Result: {step.result}"] if step.result else []
    return Block(f"{side}: {step.tool_name} {step.outcome}", tuple(lines))


def attempt_words(attempt: Attempt) -> str:
    """Return the result of an attempt with its run, like `failed (run 12)`."""
    return f"{attempt.result or 'unknown'} ({place_of(attempt)})"


def place_of(attempt: Attempt) -> str:
    """Return the run of an attempt, or its session."""
    return f"run {attempt.run_id}" if attempt.run_id is not None else f"session {(attempt.session_id or '')[:8]}"
