"""What all spans of one run share: the ids, the time of the run, and how content becomes attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..agent_runs.agent_data import AgentRun, Tokens
from ..agent_runs.run_keys import run_key
from ..agent_runs.unit_words import UnitWords
from . import conventions as names
from .message_parts import cut_text, written_messages
from .otlp_json import Value, span_id
from .span_periods import Period, run_period

Attributes = dict[str, Value | None]


class TraceContext:
    """The trace of one run.

    Attributes:
        words: Reads what was said; None if the spans are to have no content.
        trace_id: The same in every export of the run.
        period: When the run began and ended.
        root: The id of its first span.
        agents: The id of each agent's span; if there is only one agent, its span is that of the run.
    """

    def __init__(self, run: AgentRun, words: UnitWords | None) -> None:
        self.run = run
        self.words = words
        self.trace_id = run_key(run.facts)
        self.period = run_period(run)
        self.root = self.id_of("run", 0)
        several = len(run.agents) > 1
        self.agents = [self.id_of("agent", number) if several else self.root for number in range(len(run.agents))]
        calls = (call.id for agent in run.agents for call in agent.calls)
        self._call_numbers = {call: number for number, call in enumerate(calls)}

    def id_of(self, kind: str, number: int | str) -> str:
        """Return the id of a span, by its kind and its number among those of the run."""
        return span_id(self.trace_id, kind, number)

    def call_id(self, call: int) -> str:
        """Return the id of the span of a row in calls."""
        return self.id_of("call", self._call_numbers[call])

    def common(self, period: Period) -> Attributes:
        """Return the attributes that spans of all operations have."""
        return {
            names.CONVERSATION: self.run.agents[0].session_id,
            "wink.derived_times": period.derived or None,
        }


def usage_attributes(tokens: Tokens) -> Attributes:
    """Return numbers of tokens as attributes."""
    return {
        names.INPUT_TOKENS: tokens.context,
        names.CACHE_READ_TOKENS: tokens.cached,
        names.CACHE_WRITE_TOKENS: tokens.cache_write,
        names.OUTPUT_TOKENS: tokens.output,
    }


def message_attributes(contents: Mapping[str, Sequence[dict[str, Any]]]) -> Attributes:
    """Return messages as attributes of JSON, and the names of those in which texts were cut."""
    written = {name: written_messages(messages) for name, messages in contents.items() if messages}
    return _with_mark(written)


def text_attributes(contents: Mapping[str, str | None]) -> Attributes:
    """Return texts as attributes, and the names of those that were cut."""
    return _with_mark({name: cut_text(text) for name, text in contents.items()})


def _with_mark(contents: Mapping[str, tuple[str | None, bool]]) -> Attributes:
    attributes: Attributes = {name: text for name, (text, _) in contents.items()}
    cut = [name for name, (_, is_cut) in contents.items() if is_cut]
    return attributes | ({"wink.cut": cut} if cut else {})
