"""Read the calls of an attempt, and what the agent said before one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ...explore.costs.loose_values import integer_or_none, text_of, text_or_none
from ..sample_pairs.attempts import Attempt
from ..sample_pairs.open_side import OpenSide
from ..sample_pairs.sample_keys import request_key
from .divergence_data import DivergingStep

_MOST_CALLS = 2000
"""Calls of an attempt that are compared; what differs first is seldom so late."""

_LONGEST = 10_000
"""Characters of parameters, results and words that are kept."""


@dataclass(frozen=True, slots=True)
class CallStep:
    """A call of an attempt.

    Attributes:
        call_id: Row in `calls`.
        tool_name: Name of the tool.
        key: Hash of the parameters in canonical form.
        parameters: JSON of the parameters; only the beginning of long ones.
        outcome: How it ended.
        result: What it returned, or why it failed.
        entry_id: Transcript entry that requests it.
        log_id: Log record of its request or start.
    """

    call_id: int | None
    tool_name: str
    key: bytes | None
    parameters: str | None
    outcome: str
    result: str | None
    entry_id: int | None = None
    log_id: int | None = None

    @property
    def identity(self) -> tuple[str, bytes | None]:
        """Return what makes two calls the same: the tool and its parameters."""
        return self.tool_name, self.key


@dataclass(frozen=True, slots=True)
class AttemptCalls:
    """An attempt in its open bundle."""

    side: OpenSide
    attempt: Attempt

    def steps(self) -> list[CallStep]:
        """Return the calls in the order in which they were requested."""
        return list(map(_step, self._rows("calls_of_attempt", {"most": _MOST_CALLS})))

    def said_before(self, step: CallStep | None) -> str | None:
        """Return what the agent said or thought last before a call; without one, its last words."""
        place = {"entry": step.entry_id if step else None, "log": step.log_id if step else None}
        if step is not None and step.entry_id is None and step.log_id is None:
            return None
        rows = self._rows("said_before", place)
        if not rows and step is None:
            rows = self._rows("last_answer", {})
        return text_or_none(rows[0][0]) if rows else None

    def shown(self, step: CallStep | None) -> DivergingStep:
        """Return what was done at a step, with what was said before it."""
        said = self.said_before(step)
        if step is None:
            return DivergingStep(said=said)
        return DivergingStep(step.call_id, step.tool_name, step.parameters, step.outcome, step.result, said)

    def _rows(self, name: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        sql = files(__package__).joinpath("sql", f"{name}.sql").read_text("utf-8")
        whose = {"run": self.attempt.run_id, "session": self.attempt.session_id, "longest": _LONGEST}
        return list(self.side.rows(sql, {**whose, **parameters}))


def _step(row: tuple[Any, ...]) -> CallStep:
    call_id, tool, params, outcome, result, entry_id, log_id = row
    shown = text_or_none(params)
    return CallStep(
        integer_or_none(call_id),
        text_of(tool),
        request_key([params]),
        None if shown is None else shown[:_LONGEST],
        text_of(outcome),
        text_or_none(result),
        integer_or_none(entry_id),
        integer_or_none(log_id),
    )
