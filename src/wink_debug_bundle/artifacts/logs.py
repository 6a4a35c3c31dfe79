"""Log records: one JSON object a line, as the library's log collector writes them, or nearly so."""

from __future__ import annotations

import re

import orjson

from ..records import Batch, LogRow, RawRecordRow, SessionRow
from .jsontext import (
    MAX_DEPTH,
    JsonObject,
    MalformedError,
    clean,
    depth_exceeds,
    depth_may_exceed,
    dump,
    read_object,
    text_or_none,
)
from .lines import LineAccount
from .noted import Notes
from .streams import Block

_NAME = rb'"([^"\\\x00-\x1f\x80-\xff]*)"'
_TEXT = rb'"([^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*)"'
_ORDINARY = re.compile(
    rb'\{"timestamp": %(name)b, "level": %(name)b, "logger": %(name)b, "event": %(name)b, '
    rb'"message": %(text)b, "context": (\{.*\})\}(?:\n|\Z)' % {b"name": _NAME, b"text": _TEXT}
)
"""A record exactly as the library writes it; only its message and its context may hold escapes or more than ASCII.

Where it matches a whole line and its last group is one JSON object, the groups are the whole record: the context's
own text can be stored, nothing is written again and nothing is lost.
"""

_SHALLOW = 2 * MAX_DEPTH
"""A context shorter than this cannot be nested deeper than SQLite reads."""

_LINE_END = ord("\n")

_REQUIRED = ("timestamp", "level", "logger", "message")
_COLUMNS = (*_REQUIRED, "event", "context")


def read_log_block(
    block: Block,
    artifact_id: int,
    default_session: str | None,
    run_id: int | None = None,
    *,
    sessions_only: bool = False,
) -> Batch:
    """Rows of one block of log lines, which may be of the run `run_id`.

    A record belongs to its context's `session_id`; without one, to `default_session`. What records tell of tool calls
    and transcripts is noted unless `sessions_only`.
    """
    notes = Notes(run_id, default_session, sessions_only=sessions_only)
    reader = _BlockReader(block, artifact_id, default_session, notes)
    reader.read(block.data)
    return reader.close()


class _BlockReader:
    """Reads a block of log lines: the ordinary ones in a stride, those between them one by one.

    Lines are counted from 0 here, and from 1 in the rows.
    """

    def __init__(self, block: Block, artifact_id: int, default_session: str | None, notes: Notes) -> None:
        self._batch = Batch(artifact_id)
        self._notes = notes
        self._rows = self._batch.table(LogRow)
        self._default = default_session
        self._first_seen: dict[str | None, str | bytes] = {}
        self._account = LineAccount(self._batch, block)

    def read(self, data: bytes) -> None:
        """Read the block's bytes. Written for speed: most records of most runs pass here.

        Text stays the UTF-8 that it is in the file (`records.UTF8_COLUMNS`): making it a string, for SQLite to make
        it UTF-8 again, would be a third of the work.
        """
        artifact_id, first_seen = self._batch.artifact_id, self._first_seen
        rows, loads, handlers = self._rows, orjson.loads, self._notes.handlers
        append = rows.append
        line = end = 0
        for match in _ORDINARY.finditer(data):
            if match.start() != end:
                line = self._read_between(data, end, match, line)
                end = match.end()
                if data[match.start() - 1] != _LINE_END:
                    continue
            end = match.end()
            timestamp, level, logger, event, message, context = match.groups()
            line += 1
            try:
                told = loads(context)
                session = told.get("session_id")
                if b"\\" in message or not message.isascii():
                    message = loads(b'"%b"' % message).encode()
            except orjson.JSONDecodeError:
                self._read_line(line - 1)
                continue
            if len(context) > _SHALLOW and depth_may_exceed(context) and depth_exceeds(context.decode()):
                self._read_line(line - 1)
                continue
            if type(session) is not str or not session:
                session = self._default
            if event in handlers:
                session = handlers[event](len(rows) + 1, timestamp, session, told)
            append((session, timestamp, level, logger, event, message, context, artifact_id, line, None))
            if session not in first_seen:
                first_seen[session] = timestamp
        self._account.count = line + self._account.count_lines(end)  # spares counting the block's lines again
        for rest in range(line, self._account.count):
            self._read_line(rest)

    def close(self) -> Batch:
        """The finished batch."""
        for session, timestamp in self._first_seen.items():
            if session is not None:
                created_at = timestamp.decode() if isinstance(timestamp, bytes) else timestamp
                self._batch.add(SessionRow(session, None, created_at, None, "log"))
        self._notes.write(self._batch)
        return self._account.close()

    def _read_between(self, data: bytes, end: int, match: re.Match[bytes], line: int) -> int:
        """Read the lines between the last match, which ended at `end`, and this one; return the next line.

        A match that begins within a line is part of that line, which is then read as a whole.
        """
        begins_within = data[match.start() - 1] != _LINE_END
        next_line = line + data.count(b"\n", end, match.start()) + begins_within
        for between in range(line, next_line):
            self._read_line(between)
        return next_line

    def _read_line(self, line: int) -> None:
        """Read a line that is not exactly as the library writes it: a record, blank, or malformed."""
        raw = self._account.raw(line)
        if not raw.strip():
            self._account.blank(line)
            return
        try:
            row, losses = _row(raw, self._batch.artifact_id, line + 1, self._default)
        except MalformedError as error:
            self._account.malformed(line, str(error))
            return
        row = self._noted(row)
        self._rows.append(row)
        self._first_seen.setdefault(row.session_id, row.timestamp)
        if losses:
            self._batch.add(RawRecordRow(self._batch.artifact_id, line + 1, "; ".join(losses), raw))

    def _noted(self, row: LogRow) -> LogRow:
        """The row with the session that what it tells beyond itself gives it."""
        handler = self._notes.handlers.get(row.event)
        if handler is None or row.context is None:
            return row
        try:
            told = read_object(row.context.encode()).value
        except MalformedError:
            return row
        return row._replace(session_id=handler(len(self._rows) + 1, row.timestamp, row.session_id, told))


def _row(raw: bytes, artifact_id: int, number: int, default_session: str | None) -> tuple[LogRow, list[str]]:
    """The record's row, and what the row does not say of it.

    Raises:
        MalformedError: the line is not a log record.
    """
    record = read_object(raw)
    value = record.value
    if not any(key in value for key in _REQUIRED):
        raise MalformedError(f"not a log record: it has none of {', '.join(_REQUIRED)}")
    losses = [*record.losses, *_mistyped(value)]
    extra = {key: item for key, item in value.items() if key not in _COLUMNS}
    row = LogRow(
        session_id=_session(value.get("context")) or default_session,
        timestamp=_text(value.get("timestamp")),
        level=_text(value.get("level")),
        logger=_text(value.get("logger")),
        event=text_or_none(value.get("event")),
        message=_text(value.get("message")),
        context=dump(value["context"]) if "context" in value else None,
        artifact_id=artifact_id,
        line=number,
        extra=dump(extra) if extra else None,
    )
    return row, losses


def _mistyped(value: JsonObject) -> list[str]:
    """Columns whose text does not tell what stood there."""
    missing = [f"no {key}" for key in _REQUIRED if key not in value]
    strings = [f"{key} is not a string" for key in (*_REQUIRED, "event") if not isinstance(value.get(key, ""), str)]
    return missing + strings


def _session(context: object) -> str | None:
    if isinstance(context, dict):
        return text_or_none(context.get("session_id")) or None
    return None


def _text(value: object) -> str:
    """`value` as a column that must hold text: a string as it is, nothing as '', anything else as its JSON."""
    if isinstance(value, str):
        return clean(value)
    return "" if value is None else dump(value)
