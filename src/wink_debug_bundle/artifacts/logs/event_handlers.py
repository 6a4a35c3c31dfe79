"""Collect tool calls and transcript entries from log records, and discard session ids of the agent's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import orjson

from ...batch import Batch
from ...rows import Values
from ...run_rows import CallFragmentRow, EntryRow
from ..lossless_json import JsonObject, read_object
from ..read_errors import MalformedError
from .call_matching import CallMatcher, ObjectHandler, Session
from .transcript_entries import COLLECTED, ENTRY, LOG_LINE, entry_rows, read_entry

Handler = Callable[[int, str, Session, bytes], Session]
"""Handles the records of one event, and returns the session that a record belongs to.

Its arguments are the record's ordinal in its batch (from 1), its timestamp, its session and the text of its context.
"""

_AGENT_SESSIONS = ("hook.turn_start", "hook.subagent_stop")
"""Events whose session_id names a session of the agent's, not one of the library's."""


class EventHandlers:
    """Collects the tool calls and transcript entries in the records of one block.

    `handlers` maps events to the handlers of their records; most events have none. With `sessions_only`, calls and
    transcript entries are not collected: that costs as much as reading the records does.
    """

    def __init__(self, run_id: int | None, default_session: Session, *, sessions_only: bool) -> None:
        self._run_id = run_id
        self._default_session = default_session
        self._calls = CallMatcher()
        self._entries: list[Values] = []
        self.handlers: dict[str | None, Handler] = {}
        for event in _AGENT_SESSIONS:
            self.handlers[event] = self._replace_agent_session
        if sessions_only:
            return
        for event, handler in self._calls.handlers():
            self.handlers[event] = partial(_handle_object, handler)
        for event in (ENTRY, COLLECTED, LOG_LINE):
            self.handlers[event] = partial(_handle_object, partial(self._collect_entry, event))

    def write(self, batch: Batch) -> None:
        """Add the rows of the collected calls and transcript entries to the batch; no record is handled afterwards."""
        self.handlers.clear()  # they refer to this object, and a build frees no cycles: it pauses the collector
        if self._entries:
            batch.table(EntryRow).extend(self._entries)
        if rows := list(self._calls.rows(batch.artifact_id, self._run_id)):
            batch.table(CallFragmentRow).extend(rows)

    def _collect_entry(self, event: str, log_id: int, timestamp: str, session: Session, context: JsonObject) -> Session:
        entry = read_entry(event, context)
        self._entries += entry_rows(entry, self._run_id, session, log_id)
        if event == ENTRY:
            self._calls.match_transcript_entry(entry, log_id, timestamp, session, context)
        return session

    def _replace_agent_session(self, _: int, __: str, ___: Session, ____: bytes) -> Session:
        return self._default_session


def _handle_object(handler: ObjectHandler, log_id: int, timestamp: str, session: Session, context: bytes) -> Session:
    """Pass the record to a handler of objects, and return the session that it belongs to."""
    value = _context_value(context)
    return handler(log_id, timestamp, session, value) if isinstance(value, dict) else session


def _context_value(context: bytes) -> object:
    """Return the context's value; None if it holds an integer of more digits than Python converts."""
    try:
        return orjson.loads(context)
    except orjson.JSONDecodeError:  # a number that exceeds the range of a double
        try:
            return read_object(context).value
        except MalformedError:
            return None
