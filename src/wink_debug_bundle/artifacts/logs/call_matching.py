"""Match the log records that request, start and end a tool call.

No release of the library logs a call as one record, and few give the call's id in each of its records. Records with an
id are matched by it. Records without one are matched like brackets: an end belongs to the last start of that tool,
because a tool may run an agent that calls the same tool again. Many records of a log are about calls, so this module is
written for speed.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ...column_values import EntryType, Outcome
from ...rows import Values
from ...run_rows import CallSourceBit
from ...timestamps import elapsed_ms
from .call_events import (
    DISPATCH_READER,
    END_READER,
    ENDS,
    REQUEST_READER,
    STARTS,
    EndEvent,
    StartContext,
    StartEvent,
    are_equal,
    known_arguments,
    outcome,
    tool_name,
)
from .event_structs import DataDispatched, ToolEnded, ToolRequested
from .record_handler import RecordHandler, Session
from .transcript_entries import TranscriptEntry

_SEARCHED_CALLS = 64
"""Number of latest calls that are searched for the call of a record without an id."""

_CLAUDE_ADAPTER = "claude_agent_sdk"
"""Adapter whose transcript files the library reads at intervals, so that its entries say nothing about times."""


class Call(msgspec.Struct, gc=False, eq=False):
    """A call, as far as the records read up to now describe it.

    `arguments` are those of the request; they are dropped when the call starts or ends.
    """

    tool_name: str
    call_id: str | None
    session: Session
    is_session_known: bool = False
    prompt_name: str | None = None
    requested_log_id: int | None = None
    started_log_id: int | None = None
    ended_log_id: int | None = None
    requested_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    duration_ms: float | None = None
    outcome: str | None = None
    source_bits: int = 0
    arguments: Raw | UnsetType = UNSET


class CallMatcher:
    """Matches the records of one block of a log that belong to one tool call."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._calls_of_tool: dict[str, list[Call]] = defaultdict(list)
        self._call_of_id: dict[str, Call] = {}
        self._awaiting_dispatch: Call | None = None

    def handlers(self) -> Iterator[tuple[str, RecordHandler]]:
        """Yield each event that describes calls, and the handler of its records."""
        yield "hook.pre_tool_use", RecordHandler(REQUEST_READER, self._on_request)
        yield "session.dispatch_data_event", RecordHandler(DISPATCH_READER, self._on_dispatch)
        for event, start in STARTS.items():
            yield event, RecordHandler(start.reader, partial(self._on_start, start))
        for event, end in ENDS.items():
            yield event, RecordHandler(END_READER, partial(self._on_end, end))

    def match_transcript_entry(self, entry: TranscriptEntry, log_id: int, timestamp: str, session: Session) -> None:
        """Match the tool calls and results of a transcript entry, if its agent logs entries when they happen."""
        if entry.adapter == _CLAUDE_ADAPTER:
            return
        for block in entry.blocks:
            if block.call_id is None or block.tool_name is None:
                continue
            if block.entry_type == EntryType.TOOL_USE:
                call = self._add_requested(block.tool_name, block.call_id, log_id, timestamp, session)
            elif block.entry_type == EntryType.TOOL_RESULT and block.call_id in self._call_of_id:
                call = self._record_end(block.tool_name, block.call_id, log_id, timestamp, session)
                call.outcome = Outcome.FAILED if block.is_error else Outcome.SUCCEEDED
                self._awaiting_dispatch = call
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

    def _on_request(self, log_id: int, timestamp: str, session: Session, request: ToolRequested | None) -> Session:
        if request is not None:
            call = self._add_requested(tool_name(request), request.call_id or None, log_id, timestamp, session)
            call.source_bits = CallSourceBit.HOOK
            call.arguments = known_arguments(request.tool_input)
            if call.arguments is UNSET:
                call.arguments = known_arguments(request.input_data.tool_input)
        return session

    def _on_start(
        self, start: StartEvent, log_id: int, timestamp: str, session: Session, record: StartContext | None
    ) -> Session:
        if record is None:
            return session
        name, call_id = tool_name(record), record.call_id or None
        call = self._find_requested(name, call_id, record.arguments)
        if call is None:
            call = self._add_call(name, call_id, session)
        self._awaiting_dispatch = None
        call.started_log_id, call.started_at, call.arguments = log_id, timestamp, UNSET
        call.source_bits |= start.source
        prompt = record.prompt if record.prompt_name is UNSET else record.prompt_name
        call.prompt_name = None if prompt is UNSET else prompt
        return session

    def _on_end(
        self, end: EndEvent, log_id: int, timestamp: str, session: Session, record: ToolEnded | None
    ) -> Session:
        if record is not None:
            call = self._record_end(tool_name(record), record.call_id or None, log_id, timestamp, session)
            call.outcome = end.outcome or outcome(record)
            call.source_bits |= end.source
            self._awaiting_dispatch = None if end.is_last else call
        return session

    def _on_dispatch(self, _: int, __: str, session: Session, dispatched: DataDispatched | None) -> Session:
        """Note the session that received a ToolInvoked event.

        The event is about the call that has just ended, or else about the one that is running.
        """
        if dispatched is None or dispatched.data_type != "ToolInvoked":
            return session
        call = self._awaiting_dispatch
        if call is None:
            call = self._running_call()
        if call is not None and dispatched.session_id:
            call.session, call.is_session_known = session, True
        self._awaiting_dispatch = None
        return session

    def _running_call(self) -> Call | None:
        """Return the last call that has not ended, and whose session is not known."""
        for call in itertools.islice(reversed(self._calls), _SEARCHED_CALLS):
            if call.ended_log_id is None and not call.is_session_known:
                return call
        return None

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
        call.ended_log_id, call.ended_at, call.arguments = log_id, timestamp, UNSET
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

    def _find_requested(self, name: str, call_id: str | None, arguments: Raw | UnsetType) -> Call | None:
        """Return the requested call that a start record belongs to; None if no request was logged.

        It is found by its id; without one it is the first waiting call of that tool with the same arguments, or else
        the first waiting call.
        """
        if call_id is not None:
            call = self._call_of_id.get(call_id)
            return call if call is not None and call.started_log_id is None else None
        latest = self._calls_of_tool[name][-_SEARCHED_CALLS:]
        waiting = [call for call in latest if call.started_log_id is None and call.ended_log_id is None]
        if len(waiting) < 2:
            return waiting[0] if waiting else None
        given = known_arguments(arguments)
        return next((call for call in waiting if are_equal(call.arguments, given)), waiting[0])

    def _find_running(self, name: str, call_id: str | None) -> Call | None:
        """Return the call that an end record belongs to: the one of that id, else the tool's last one that is running."""
        if call_id is not None:
            return self._call_of_id.get(call_id)
        calls = self._calls_of_tool[name]
        while calls and calls[-1].ended_log_id is not None:
            calls.pop()
        for call in reversed(calls):
            if call.started_log_id is not None and call.ended_log_id is None:
                return call
        return None
