"""Collect tool calls and transcript entries from log records, and discard session ids of the agent's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ...batch import Batch
from ...rows import Values
from ...run_rows import CallFragmentRow, EntryRow
from .call_matching import CallMatcher
from .event_structs import Context
from .record_handler import RecordHandler, Session
from .struct_reading import two_readers
from .transcript_entries import ENTRY_SOURCES, TranscriptEntry, add_rows, logged_entry

_AGENT_SESSIONS = ("hook.turn_start", "hook.subagent_stop")
"""Events whose session_id names a session of the agent's, not one of the library's."""


_CONTEXT_READER = two_readers(Context)


class EventHandlers:
    """Collects the tool calls and transcript entries in the records of one block.

    `handlers` maps events to the handlers of their records, and `decoders` to the quick readers of their contexts if
    more than the session is read of them. Most events have none. With `sessions_only`, calls and transcript entries are not collected.
    """

    def __init__(self, run_id: int | None, default_session: Session, *, sessions_only: bool) -> None:
        self._run_id = run_id
        self._default_session = default_session
        self._calls = CallMatcher()
        self._entries: list[Values] = []
        self.handlers: dict[str | None, RecordHandler] = {}
        for event in _AGENT_SESSIONS:
            self.handlers[event] = RecordHandler(_CONTEXT_READER, self._replace_agent_session)
        if not sessions_only:
            self.handlers.update(self._calls.handlers())
            for event, source in ENTRY_SOURCES.items():
                self.handlers[event] = RecordHandler(source.reader, partial(self._collect_entry, source.entry))
        self.decoders = {
            event: handler.reader.decode
            for event, handler in self.handlers.items()
            if handler.reader is not _CONTEXT_READER
        }

    def write(self, batch: Batch) -> None:
        """Add the rows of the collected calls and transcript entries to the batch; no record is handled afterwards."""
        self.handlers.clear()  # they refer to this object, and a build frees no cycles: it pauses the collector
        if self._entries:
            batch.table(EntryRow).extend(self._entries)
        if rows := list(self._calls.rows(batch.artifact_id, self._run_id)):
            batch.table(CallFragmentRow).extend(rows)

    def _collect_entry(
        self, entry_of: Callable[[Any], TranscriptEntry], log_id: int, timestamp: str, session: Session, event: Any
    ) -> Session:
        if event is not None:
            entry = entry_of(event)
            add_rows(self._entries, entry, self._run_id, session, log_id)
            if entry_of is logged_entry:
                self._calls.match_transcript_entry(entry, log_id, timestamp, session)
        return session

    def _replace_agent_session(self, _: int, __: str, ___: Session, ____: Any) -> Session:
        return self._default_session
