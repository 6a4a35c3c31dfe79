"""Collect tool calls and transcript entries from log records, and discard session ids of the agent's own."""

from __future__ import annotations

from functools import partial

from ...batch import Batch
from ...rows import Values
from ...run_rows import CallFragmentRow, EntryRow
from .call_matching import CallMatcher, Handler, Session
from .transcript_entries import ENTRY_READERS, EntryReader, add_rows, read_entry

_AGENT_SESSIONS = ("hook.turn_start", "hook.subagent_stop")
"""Events whose session_id names a session of the agent's, not one of the library's."""


class EventHandlers:
    """Collects the tool calls and transcript entries in the records of one block.

    `handlers` maps events to the handlers of their records; most events have none. With `sessions_only`, calls and
    transcript entries are not collected: that costs half as much as reading the records does.
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
            self.handlers[event] = handler
        for event, read in ENTRY_READERS.items():
            self.handlers[event] = partial(self._collect_entry, read)

    def write(self, batch: Batch) -> None:
        """Add the rows of the collected calls and transcript entries to the batch; no record is handled afterwards."""
        self.handlers.clear()  # they refer to this object, and a build frees no cycles: it pauses the collector
        if self._entries:
            batch.table(EntryRow).extend(self._entries)
        if rows := list(self._calls.rows(batch.artifact_id, self._run_id)):
            batch.table(CallFragmentRow).extend(rows)

    def _collect_entry(
        self, read: EntryReader, log_id: int, timestamp: str, session: Session, context: bytes
    ) -> Session:
        entry = read(context)
        if entry is not None:
            add_rows(self._entries, entry, self._run_id, session, log_id)
            if read is read_entry:
                self._calls.match_transcript_entry(entry, log_id, timestamp, session)
        return session

    def _replace_agent_session(self, _: int, __: str, ___: Session, ____: bytes) -> Session:
        return self._default_session
