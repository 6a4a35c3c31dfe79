"""What log records tell beyond themselves: tool calls, transcripts, and sessions that are not the library's."""

from __future__ import annotations

from functools import partial

from ...rows import Batch, Values
from ...run_rows import CallFragmentRow, EntryRow
from ..lossless_json import JsonObject
from .call_matching import CallReader, Handler, Session
from .transcript_entries import COLLECTED, ENTRY, LOG_LINE, entry_rows, transcribed

_AGENT_SESSIONS = ("hook.turn_start", "hook.subagent_stop")
"""Events whose session_id is the agent's own, and none of the library's sessions."""


class EventHandlers:
    """Collects what the records of one block tell.

    `handlers` says for each event that tells more what takes its records. Calls and transcripts are taken unless
    `sessions_only`: they cost as much as reading the records does.
    """

    def __init__(self, run_id: int | None, default_session: Session, *, sessions_only: bool) -> None:
        self._run_id = run_id
        self._default = default_session
        self._calls = CallReader()
        self._entries: list[Values] = []
        self.handlers: dict[str | None, Handler] = {}
        for event in _AGENT_SESSIONS:
            self.handlers[event] = self._take_stranger
        if sessions_only:
            return
        for event, handler in self._calls.handlers():
            self.handlers[event] = handler
        for event in (ENTRY, COLLECTED, LOG_LINE):
            self.handlers[event] = partial(self._take_entry, event)

    def write(self, batch: Batch) -> None:
        """Add the rows of what was told to the batch of the records."""
        if self._entries:
            batch.table(EntryRow).extend(self._entries)
        if rows := list(self._calls.rows(batch.artifact_id, self._run_id)):
            batch.table(CallFragmentRow).extend(rows)

    def _take_entry(self, event: str, log_id: int, timestamp: str, session: Session, context: JsonObject) -> Session:
        told = transcribed(event, context)
        self._entries += entry_rows(told, self._run_id, session, log_id)
        if event == ENTRY:
            self._calls.take_transcribed(told, log_id, timestamp, session, context)
        return session

    def _take_stranger(self, _: int, __: str, ___: Session, ____: JsonObject) -> Session:
        return self._default
