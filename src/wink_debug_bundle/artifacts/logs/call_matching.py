"""Tool calls among log records: which record asks for one, which begins and which ends it.

No release logs a call as one record, and few give every record of it an id. Records of one call are found by its id
where they have one; else like brackets, the end belonging to the last beginning of that tool, because a tool may
run an agent that calls it again. Much of a log tells of calls, so this is written for speed.
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
from .transcript_entries import Transcribed, plain_tool_name

Session = str | None
Handler = Callable[[int, str, Session, JsonObject], Session]
"""Takes a record's ordinal in its batch, its time, its session and its context; gives the session that it belongs to."""


class End(NamedTuple):
    """What an event says of a call that ends: its source, and how it ended if the event alone tells.

    One that `is_last` is followed by no ToolInvoked.
    """

    source: int
    outcome: str | None = None
    is_last: bool = False


class Start(NamedTuple):
    """What an event says of a call that begins: its source, and the key of the call's id."""

    source: int
    id_key: str


_STARTS = {
    "tool.execution.start": Start(CallSourceBit.EXECUTION, "call_id"),
    "bridge.tool_call.start": Start(CallSourceBit.BRIDGE, "tool_use_id"),
}

_ENDS = {
    "tool.execution.complete": End(CallSourceBit.EXECUTION),
    "tool_handler_exception": End(CallSourceBit.EXECUTION, Outcome.RAISED),
    "tool_type_error": End(CallSourceBit.EXECUTION, Outcome.RAISED),
    "tool_validation_failed": End(CallSourceBit.EXECUTION, Outcome.REJECTED),
    "bridge.tool_call.complete": End(CallSourceBit.BRIDGE, None, is_last=True),
    "bridge.handler_error": End(CallSourceBit.BRIDGE, Outcome.RAISED, is_last=True),
    "bridge.validation_error": End(CallSourceBit.BRIDGE, Outcome.REJECTED, is_last=True),
    "bridge.policy_denied": End(CallSourceBit.BRIDGE, Outcome.DENIED),
    "bridge.visibility_expansion_required": End(CallSourceBit.BRIDGE, Outcome.EXPANDED, is_last=True),
    "hook.tool_invoked": End(CallSourceBit.HOOK, None, is_last=True),
    "hook.tool_call.complete": End(CallSourceBit.HOOK, None, is_last=True),
}

_LOOK_BACK = 64
"""Calls among which one without an id is looked for."""

_CLAUDE = "claude_agent_sdk"
"""This agent's transcript is read from its files now and then, so the place of its entries tells nothing."""


class Call:
    """A call as far as it is known; `given` is what the tool was asked to do, until it starts."""

    __slots__ = (
        "asked",
        "call_id",
        "duration_ms",
        "ended",
        "ended_at",
        "given",
        "is_session_known",
        "outcome",
        "prompt_name",
        "requested_at",
        "session",
        "source_bits",
        "started",
        "started_at",
        "tool_name",
    )

    def __init__(self, tool_name: str, call_id: str | None, session: Session) -> None:
        self.tool_name = tool_name
        self.call_id = call_id
        self.session = session
        self.is_session_known = False
        self.prompt_name: str | None = None
        self.asked: int | None = None
        self.started: int | None = None
        self.ended: int | None = None
        self.requested_at: str | None = None
        self.started_at: str | None = None
        self.ended_at: str | None = None
        self.duration_ms: float | None = None
        self.outcome: str | None = None
        self.source_bits = 0
        self.given: Any = None


class CallReader:
    """Puts the records of one block together to calls."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._of_tool: dict[str, list[Call]] = defaultdict(list)
        self._of_id: dict[str, Call] = {}
        self._awaiting: Call | None = None

    def handlers(self) -> Iterator[tuple[str, Handler]]:
        """What takes the records of each event that tells of calls."""
        yield "hook.pre_tool_use", self._take_asked
        yield "session.dispatch_data_event", self._take_dispatched
        for event, start in _STARTS.items():
            yield event, partial(self._take_start, start)
        for event, end in _ENDS.items():
            yield event, partial(self._take_end, end)

    def take_transcribed(
        self, entry: Transcribed, log_id: int, timestamp: str, session: Session, context: JsonObject
    ) -> None:
        """Take a transcript entry of an agent whose entries stand where they happened."""
        if context.get("adapter") == _CLAUDE:
            return
        for block in entry.blocks:
            if block.call_id is None or block.tool_name is None:
                continue
            if block.entry_type == EntryType.TOOL_USE:
                call = self._ask(block.tool_name, block.call_id, log_id, timestamp, session)
            elif block.entry_type == EntryType.TOOL_RESULT and block.call_id in self._of_id:
                outcome = Outcome.FAILED if block.is_error else Outcome.SUCCEEDED
                call = self._end(block.tool_name, block.call_id, log_id, timestamp, session)
                call.outcome, self._awaiting = outcome, call
            else:
                continue
            call.source_bits |= CallSourceBit.TRANSCRIPT

    def rows(self, artifact_id: int, run_id: int | None) -> Iterator[Values]:
        """The calls, in the order in which they were first told of: the values of a CallFragmentRow each."""
        for call in self._calls:
            yield (
                run_id,
                artifact_id,
                call.session,
                int(call.is_session_known),
                call.tool_name,
                call.call_id,
                call.prompt_name,
                call.asked,
                call.started,
                call.ended,
                call.requested_at,
                call.started_at,
                call.ended_at,
                call.duration_ms,
                call.outcome,
                call.source_bits,
            )

    def _take_asked(self, log_id: int, timestamp: str, session: Session, context: JsonObject) -> Session:
        call = self._ask(_name(context), text_at(context, "tool_use_id"), log_id, timestamp, session)
        call.source_bits = CallSourceBit.HOOK
        given = context.get("tool_input")
        call.given = as_object(context.get("input_data")).get("tool_input") if given is None else given
        return session

    def _take_start(self, start: Start, log_id: int, timestamp: str, session: Session, context: JsonObject) -> Session:
        name, call_id = _name(context), text_at(context, start.id_key)
        call = self._asked(name, call_id, context.get("arguments"))
        if call is None:
            call = self._new(name, call_id, session)
        self._awaiting = None
        call.started, call.started_at, call.given = log_id, timestamp, None
        call.source_bits |= start.source
        prompt = context.get("prompt_name", context.get("prompt"))
        call.prompt_name = prompt if type(prompt) is str else None
        return session

    def _take_end(self, end: End, log_id: int, timestamp: str, session: Session, context: JsonObject) -> Session:
        call = self._end(_name(context), text_at(context, "call_id"), log_id, timestamp, session)
        call.outcome = end.outcome or _outcome(context)
        call.source_bits |= end.source
        self._awaiting = None if end.is_last else call
        return session

    def _take_dispatched(self, _: int, __: str, session: Session, context: JsonObject) -> Session:
        """A session was told of a call: of the one that has just ended, or else of the one that runs now."""
        if context.get("data_type") != "ToolInvoked":
            return session
        call = self._awaiting
        if call is None:
            call = next((last for last in self._last_calls() if last.ended is None and not last.is_session_known), None)
        if call is not None and text_at(context, "session_id") is not None:
            call.session, call.is_session_known = session, True
        self._awaiting = None
        return session

    def _ask(self, name: str, call_id: str | None, log_id: int, timestamp: str, session: Session) -> Call:
        call = self._new(name, call_id, session)
        call.asked, call.requested_at = log_id, timestamp
        return call

    def _end(self, name: str, call_id: str | None, log_id: int, timestamp: str, session: Session) -> Call:
        call = self._begun(name, call_id)
        if call is None:
            call = self._new(name, call_id, session)
        call.ended, call.ended_at, call.given = log_id, timestamp, None
        begun_at = call.requested_at if call.started_at is None else call.started_at
        if begun_at is not None:
            call.duration_ms = elapsed_ms(begun_at, timestamp)
        if call_id is not None:
            del self._of_id[call_id]
        elif call.call_id is not None:
            self._of_id.pop(call.call_id, None)
        return call

    def _new(self, name: str, call_id: str | None, session: Session) -> Call:
        call = Call(name, call_id, session)
        self._calls.append(call)
        self._of_tool[name].append(call)
        if call_id is not None:
            self._of_id[call_id] = call
        self._awaiting = None
        return call

    def _asked(self, name: str, call_id: str | None, given: Any) -> Call | None:
        """The call that begins now, if it was asked for: by its id, else the first of that tool asked to do the same."""
        if call_id is not None:
            call = self._of_id.get(call_id)
            return call if call is not None and call.started is None else None
        waiting = [call for call in self._of_tool[name][-_LOOK_BACK:] if call.started is None and call.ended is None]
        same = (call for call in waiting if call.given == given)
        return next(same, waiting[0] if waiting else None)

    def _begun(self, name: str, call_id: str | None) -> Call | None:
        """The call that ends now: by its id, else the last of that tool that has begun."""
        if call_id is not None:
            return self._of_id.get(call_id)
        calls = self._of_tool[name]
        while calls and calls[-1].ended is not None:
            calls.pop()
        return next((call for call in reversed(calls) if call.started is not None and call.ended is None), None)

    def _last_calls(self) -> Iterator[Call]:
        """The last calls that were told of, the very last first."""
        return itertools.islice(reversed(self._calls), _LOOK_BACK)


def _name(context: JsonObject) -> str:
    """Name of the tool, which two keys may hold."""
    name = context.get("tool_name", context.get("tool"))
    return plain_tool_name(name) if type(name) is str else ""


def _outcome(context: JsonObject) -> str | None:
    success = context.get("success")
    return (Outcome.SUCCEEDED if success else Outcome.FAILED) if type(success) is bool else None
