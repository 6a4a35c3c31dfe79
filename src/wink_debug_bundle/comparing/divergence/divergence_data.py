"""Where two runs of a sample part, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DivergenceKind(StrEnum):
    """What differs at the first step that differs."""

    CALL = "call"
    OUTCOME = "outcome"
    ONLY_BASE = "only base"
    ONLY_NEW = "only new"
    RESULT = "result"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class DivergingStep:
    """What one side did at the first step that differs; None for what is not recorded, or if it made no call.

    Attributes:
        call_id: Row in `calls`.
        tool_name: Name of the tool.
        parameters: JSON of the parameters.
        outcome: How the call ended.
        result: What it returned, or why it failed.
        said: What the agent said or thought last before it; without a call, its last words.
    """

    call_id: int | None = None
    tool_name: str | None = None
    parameters: str | None = None
    outcome: str | None = None
    result: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first step at which two runs of a sample differ.

    Attributes:
        kind: What differs: the call itself, how it ended, a call that only one side made, the text of a result or, if no
            call differs, the last words.
        step: Number of the call, from 1; one more than the calls if only the last words differ.
        base: What the base did there.
        new: What the new run did.
        other_result: Number of the first call before it whose result differs in more than numbers, ids, paths and times;
            None without one.
    """

    kind: DivergenceKind
    step: int
    base: DivergingStep
    new: DivergingStep
    other_result: int | None = None
