"""What log records tell beyond themselves: tool calls, transcripts, and sessions that are not the library's."""

from __future__ import annotations

import orjson

from ..records import Batch, CallPartRow, EntryRow, LogRow, SessionRow, SqlValue, Values
from .calls import TELLINGS, CallReader, Told
from .jsontext import JsonObject
from .transcripts import COLLECTED, ENTRY, LOG_LINE, entry_rows, transcribed

_TRANSCRIPTS = (ENTRY, COLLECTED, LOG_LINE)

_AGENT_SESSIONS = ("hook.turn_start", "hook.subagent_stop")
"""Events whose session_id is the agent's own, and none of the library's sessions."""

_EVENTS = (*TELLINGS, *_TRANSCRIPTS, *_AGENT_SESSIONS)
_NOTED: dict[SqlValue, str] = {**{name: name for name in _EVENTS}, **{name.encode(): name for name in _EVENTS}}
"""The events that tell more, as text and as UTF-8."""

_SESSION, _TIMESTAMP, _EVENT, _CONTEXT = (
    LogRow._fields.index(name) for name in ("session_id", "timestamp", "event", "context")
)
_DISPATCH = "session.dispatch_data_event"


def note(batch: Batch, run_id: int | None, default_session: str | None) -> None:
    """Add to a batch of log records the rows of what they tell beyond themselves."""
    rows = batch.table(LogRow)
    found = [(index, event) for index, row in enumerate(rows) if (event := _NOTED.get(row[_EVENT])) is not None]
    if not found:
        return
    reader = CallReader()
    entries: list[EntryRow] = []
    strangers: set[SqlValue] = set()
    for index, event in found:
        row = rows[index]
        if event in _AGENT_SESSIONS:
            strangers.add(row[_SESSION])
            rows[index] = (default_session, *row[1:])
            continue
        if event == _DISPATCH and not _tells_of_a_tool(row):
            continue
        context = _context(row)
        record = Told(index + 1, _text(row[_TIMESTAMP]), _optional(row[_SESSION]))
        if (telling := TELLINGS.get(event)) is not None:
            reader.tell(telling, record, context)
        else:
            told = transcribed(event, context)
            entries += entry_rows(told, run_id, record.session, record.log_id)
            if event == ENTRY:
                reader.tell_transcribed(told, record, context)
    batch.table(EntryRow).extend(entries)
    batch.table(CallPartRow).extend(reader.rows(batch.artifact_id, run_id))
    _forget(batch, strangers - {default_session})


def _forget(batch: Batch, sessions: set[SqlValue]) -> None:
    """Remove what the batch tells of sessions that none of its records belongs to any more."""
    if not sessions:
        return
    gone = sessions - {row[_SESSION] for row in batch.table(LogRow)}
    kept: list[Values] = [row for row in batch.table(SessionRow) if row[0] not in gone]
    batch.rows["sessions"] = kept


def _tells_of_a_tool(row: Values) -> bool:
    context = row[_CONTEXT]
    return b"ToolInvoked" in context if isinstance(context, bytes) else "ToolInvoked" in _text(context)


def _context(row: Values) -> JsonObject:
    context = row[_CONTEXT]
    try:
        value = orjson.loads(context) if isinstance(context, bytes | str) else None
    except orjson.JSONDecodeError:  # a number or a depth that only Python reads
        value = None
    return value if isinstance(value, dict) else {}


def _text(value: SqlValue) -> str:
    if isinstance(value, bytes):
        return value.decode()
    return value if isinstance(value, str) else ""


def _optional(value: SqlValue) -> str | None:
    return _text(value) or None
