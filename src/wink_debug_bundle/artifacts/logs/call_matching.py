"""Match the log records that request, start and end a tool call.

No release of the library logs a call as one record, and few give the call's id in each of its records. Records with an
id are matched by it. Records without one are matched like brackets: an end belongs to the last start of that tool,
because a tool may run an agent that calls the same tool again. Many records of a log are about calls, so this module is
written for speed.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from ...column_values import EntryType, Outcome
from ...rows import Values
from ...run_rows import CallSourceBit
from ...timestamps import elapsed_ms
from ..lossless_json import JsonObject, as_object, text_at
from .transcript_entries import TranscriptEntry, plain_tool_name

Session = str | None
ObjectHandler = Callable[[int, str, Session, JsonObject], Session]
"""Handles the records of one event, and returns the session that a record belongs to.

Its arguments are the record's ordinal in its batch (from 1), its timestamp, its session and its context.
"""


class EndEvent(NamedTuple):
    """What the name of an event that ends a call implies.

    `source` is the call's source, and `outcome` how it ended, where every such event means the same outcome.
    `is_last` says that no ToolInvoked event of the call is dispatched afterwards.
    """

    source: int
    outcome: str | None = None
    is_last: bool = False


class StartEvent(NamedTuple):
    """What the name of an event that starts a call implies: the call's source, and the context key of the call's id."""

    source: int
    id_key: str


_STARTS = {
    "tool.execution.start": StartEvent(CallSourceBit.EXECUTION, "call_id"),
    "bridge.tool_call.start": StartEvent(CallSourceBit.BRIDGE, "tool_use_id"),
}

_ENDS = {
    "tool.execution.complete": EndEvent(CallSourceBit.EXECUTION),
    "tool_handler_exception": EndEvent(CallSourceBit.EXECUTION, Outcome.RAISED),
    "tool_type_error": EndEvent(CallSourceBit.EXECUTION, Outcome.RAISED),
    "tool_validation_failed": EndEvent(CallSourceBit.EXECUTION, Outcome.REJECTED),
    "bridge.tool_call.complete": EndEvent(CallSourceBit.BRIDGE, None, is_last=True),
    "bridge.handler_error": EndEvent(CallSourceBit.BRIDGE, Outcome.RAISED, is_last=True),
    "bridge.validation_error": EndEvent(CallSourceBit.BRIDGE, Outcome.REJECTED, is_last=True),
    "bridge.policy_denied": EndEvent(CallSourceBit.BRIDGE, Outcome.DENIED),
    "bridge.visibility_expansion_required": EndEvent(CallSourceBit.BRIDGE, Outcome.EXPANDED, is_last=True),
    "hook.tool_invoked": EndEvent(CallSourceBit.HOOK, None, is_last=True),
    "hook.tool_call.complete": EndEvent(CallSourceBit.HOOK, None, is_last=True),
}

_SEARCHED_CALLS = 64
"""Number of latest calls that are searched for the call of a record without an id."""

_CLAUDE_ADAPTER = "claude_agent_sdk"
"""Adapter whose transcript files the library reads at intervals, so that its entries say nothing about times."""


class Call:
    """A call, as far as the records read up to now describe it.

    `arguments` are those of the request; they are dropped when the call starts or ends.
    """

    __slots__ = (
        "arguments",
        "call_id",
        "duration_ms",
        "ended_at",
        "ended_log_id",
        "is_session_known",
        "outcome",
        "prompt_name",
        "requested_at",
        "requested_log_id",
        "session",
        "source_bits",
        "started_at",
        "started_log_id",
        "tool_name",
    )

    def __init__(self, tool_name: str, call_id: str | None, session: Session) -> None:
        self.tool_name = tool_name
        self.call_id = call_id
        self.session = session
        self.is_session_known = False
        self.prompt_name: str | None = None
        self.requested_log_id: int | None = None
        self.started_log_id: int | None = None
        self.ended_log_id: int | None = None
        self.requested_at: str | None = None
        self.started_at: str | None = None
        self.ended_at: str | None = None
        self.duration_ms: float | None = None
        self.outcome: str | None = None
        self.source_bits = 0
        self.arguments: Any = None


class CallMatcher:
    """Matches the records of one block of a log that belong to one tool call."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._calls_of_tool: dict[str, list[Call]] = defaultdict(list)
        self._call_of_id: dict[str, Call] = {}
        self._awaiting_dispatch: Call | None = None

    def handlers(self) -> Iterator[tuple[str, ObjectHandler]]:
        """Yield each event that describes calls, and the handler of its records."""
        yield "hook.pre_tool_use", self._on_request
        yield "session.dispatch_data_event", self._on_dispatch
        for event, start in _STARTS.items():
            yield event, partial(self._on_start, start)
        for event, end in _ENDS.items():
            yield event, partial(self._on_end, end)

    def match_transcript_entry(
        self, entry: TranscriptEntry, log_id: int, timestamp: str, session: Session, context: JsonObject
    ) -> None:
        """Match the tool calls and results of a transcript entry, if its agent logs entries when they happen."""
        if context.get("adapter") == _CLAUDE_ADAPTER:
            return
        for block in entry.blocks:
            if block.call_id is None or block.tool_name is None:
                continue
            if block.entry_type == EntryType.TOOL_USE:
                call = self._add_requested(block.tool_name, block.call_id, log_id, timestamp, session)
            elif block.entry_type == EntryType.TOOL_RESULT and block.call_id in self._call_of_id:
                outcome = Outcome.FAILED if block.is_error else Outcome.SUCCEEDED
                call = self._record_end(block.tool_name, block.call_id, log_id, timestamp, session)
                call.outcome, self._awaiting_dispatch = outcome, call
            else:
                continue
            call.source_bits |= CallSourceBit.TRANSCRIPT

    def rows(self, artifact_id: int, run_id: int | None) -> Iterator[Values]:
        """Yield the values of a CallFragmentRow for each call, in the order of their first records."""
        for call in self._calls:
            yield (
                run_id,
                artifact_id,
                call.session,
                int(call.is_session_known),
                call.tool_name,
                call.call_id,
                call.prompt_name,
                call.requested_log_id,
                call.started_log_id,
                call.ended_log_id,
                call.requested_at,
                call.started_at,
                call.ended_at,
                call.duration_ms,
                call.outcome,
                call.source_bits,
            )

    def _on_request(self, log_id: int, timestamp: str, session: Session, context: JsonObject) -> Session:
        call = self._add_requested(_name(context), text_at(context, "tool_use_id"), log_id, timestamp, session)
        call.source_bits = CallSourceBit.HOOK
        arguments = context.get("tool_input")
        call.arguments = as_object(context.get("input_data")).get("tool_input") if arguments is None else arguments
        return session

    def _on_start(
        self, start: StartEvent, log_id: int, timestamp: str, session: Session, context: JsonObject
    ) -> Session:
        name, call_id = _name(context), text_at(context, start.id_key)
        call = self._find_requested(name, call_id, context.get("arguments"))
        if call is None:
            call = self._add_call(name, call_id, session)
        self._awaiting_dispatch = None
        call.started_log_id, call.started_at, call.arguments = log_id, timestamp, None
        call.source_bits |= start.source
        prompt = context.get("prompt_name", context.get("prompt"))
        call.prompt_name = prompt if type(prompt) is str else None
        return session

    def _on_end(self, end: EndEvent, log_id: int, timestamp: str, session: Session, context: JsonObject) -> Session:
        call = self._record_end(_name(context), text_at(context, "call_id"), log_id, timestamp, session)
        call.outcome = end.outcome or _outcome(context)
        call.source_bits |= end.source
        self._awaiting_dispatch = None if end.is_last else call
        return session

    def _on_dispatch(self, _: int, __: str, session: Session, context: JsonObject) -> Session:
        """Note the session that received a ToolInvoked event.

        The event is about the call that has just ended, or else about the one that is running.
        """
        if context.get("data_type") != "ToolInvoked":
            return session
        call = self._awaiting_dispatch
        if call is None:
            latest = itertools.islice(reversed(self._calls), _SEARCHED_CALLS)
            running = (call for call in latest if call.ended_log_id is None and not call.is_session_known)
            call = next(running, None)
        if call is not None and text_at(context, "session_id") is not None:
            call.session, call.is_session_known = session, True
        self._awaiting_dispatch = None
        return session

    def _add_requested(self, name: str, call_id: str | None, log_id: int, timestamp: str, session: Session) -> Call:
        """Add a call whose first record is its request."""
        call = self._add_call(name, call_id, session)
        call.requested_log_id, call.requested_at = log_id, timestamp
        return call

    def _record_end(self, name: str, call_id: str | None, log_id: int, timestamp: str, session: Session) -> Call:
        """Return the call that ends, with its end and its duration; a call without earlier records is added."""
        call = self._find_running(name, call_id)
        if call is None:
            call = self._add_call(name, call_id, session)
        call.ended_log_id, call.ended_at, call.arguments = log_id, timestamp, None
        started_at = call.requested_at if call.started_at is None else call.started_at
        if started_at is not None:
            call.duration_ms = elapsed_ms(started_at, timestamp)
        if call_id is not None:
            del self._call_of_id[call_id]
        elif call.call_id is not None:
            self._call_of_id.pop(call.call_id, None)
        return call

    def _add_call(self, name: str, call_id: str | None, session: Session) -> Call:
        """Add a call that no earlier record belongs to."""
        call = Call(name, call_id, session)
        self._calls.append(call)
        self._calls_of_tool[name].append(call)
        if call_id is not None:
            self._call_of_id[call_id] = call
        self._awaiting_dispatch = None
        return call

    def _find_requested(self, name: str, call_id: str | None, arguments: Any) -> Call | None:
        """Return the requested call that a start record belongs to; None if no request was logged.

        It is found by its id; without one it is the first waiting call of that tool with the same arguments, or else
        the first waiting call.
        """
        if call_id is not None:
            call = self._call_of_id.get(call_id)
            return call if call is not None and call.started_log_id is None else None
        latest = self._calls_of_tool[name][-_SEARCHED_CALLS:]
        waiting = [call for call in latest if call.started_log_id is None and call.ended_log_id is None]
        same = (call for call in waiting if call.arguments == arguments)
        return next(same, waiting[0] if waiting else None)

    def _find_running(self, name: str, call_id: str | None) -> Call | None:
        """Return the call that an end record belongs to: the one of that id, else the tool's last one that is running."""
        if call_id is not None:
            return self._call_of_id.get(call_id)
        calls = self._calls_of_tool[name]
        while calls and calls[-1].ended_log_id is not None:
            calls.pop()
        running = (call for call in reversed(calls) if call.started_log_id is not None and call.ended_log_id is None)
        return next(running, None)


def _name(context: JsonObject) -> str:
    """Return the name of the tool, which either of two keys may hold."""
    name = context.get("tool_name", context.get("tool"))
    return plain_tool_name(name) if type(name) is str else ""


def _outcome(context: JsonObject) -> str | None:
    success = context.get("success")
    return (Outcome.SUCCEEDED if success else Outcome.FAILED) if type(success) is bool else None
