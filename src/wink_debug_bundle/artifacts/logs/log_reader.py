"""Read log records: one JSON object a line, as the library's log collector writes them, or similar ones."""

from __future__ import annotations

from typing import Any

from ...batch import Batch
from ...column_values import LineStyle, SessionSource
from ...rows import LogRow, RawRecordRow, SessionRow, TimeRow
from ...timestamps import all_sort, does_not_sort, utc
from ..accounting.ledger import BlockLedger
from ..accounting.line_forms import OWN_FORM, LineForms
from ..json_forms import NEUTRAL, LineForm, key_order
from ..lossless_json import JsonObject, Record, clean, dump, read_object, text_at
from ..read_errors import MalformedError
from ..streams.line_blocks import Block, split_lines
from .event_handlers import EventHandlers
from .event_structs import Context
from .fast_path import (
    LibraryLines,
    LibraryRecord,
    LibraryRow,
    library_rows,
    neighbouring_lines,
    read_library_line,
    read_library_lines,
)

_REQUIRED = ("timestamp", "level", "logger", "message")
KEY_ORDER = ("timestamp", "level", "logger", "event", "message", "context")
"""The keys that have columns, in the order in which the library writes them."""

Row = LogRow | LibraryRow


def read_log_block(
    block: Block,
    artifact_id: int,
    default_session: str | None,
    run_id: int | None = None,
    *,
    sessions_only: bool = False,
) -> Batch:
    """Return the rows of one block of log lines, which may belong to the run `run_id`.

    A record belongs to the `session_id` in its context, or without one to `default_session`. With `sessions_only`, no
    tool calls and transcript entries are collected.
    """
    handlers = EventHandlers(run_id, default_session, sessions_only=sessions_only)
    reader = _BlockReader(block, artifact_id, default_session, handlers)
    reader.read()
    return reader.close()


class _BlockReader:
    """Reads the lines of a block. Lines are counted from 0 here, and from 1 in the rows."""

    def __init__(self, block: Block, artifact_id: int, default_session: str | None, handlers: EventHandlers) -> None:
        self._batch = Batch(artifact_id)
        self._handlers = handlers
        self._rows = self._batch.table(LogRow)
        self._default_session = default_session
        self._count = 0
        self._ledger = BlockLedger(self._batch, block)
        self._forms = LineForms()

    def read(self) -> None:
        """Read every line. Lines that are as the library writes them are read many at once; most lines are.

        After lines among which one was not, the next ones are read one by one, so that hardly anything is read twice.
        """
        is_usual = True
        for text in neighbouring_lines(self._ledger.data):
            read = read_library_lines(text, self._handlers.decoders) if is_usual else None
            if read is not None:
                self._add_records(read)
            else:
                is_usual = self._read_each(split_lines(text))

    def _add_records(self, read: LibraryLines) -> None:
        """Add the rows of records that are as the library writes them."""
        records, contexts, forms = read
        before = self._count
        self._count += len(records)
        for index, form in forms:
            self._forms.add(before + index, form)
        self._rows += library_rows(records, self._sessions(records, contexts), self._batch.artifact_id, before + 1)

    def _sessions(self, records: list[LibraryRecord], contexts: list[Context]) -> list[str | None]:
        """Return the session of each record after the handler of its event, if it has one."""
        default, handlers, written = self._default_session, self._handlers.handlers, len(self._rows)
        sessions = [context.session_id or default for context in contexts]
        for index, (record, context) in enumerate(zip(records, contexts, strict=True)):
            if record.event in handlers:
                (_, read), handle = handlers[record.event]
                event = read(record.context) if type(context) is Context else context
                sessions[index] = handle(written + index + 1, record.timestamp, sessions[index], event)
        return sessions

    def _read_each(self, lines: list[bytes]) -> bool:
        """Read lines one by one; return whether all of them are as the library writes them."""
        all_usual = True
        for line in lines:
            found = read_library_line(line)
            if found is None:
                all_usual = False
                self._read_line(line.removesuffix(b"\n"))
                continue
            record, session, form = found
            if form is not NEUTRAL:
                self._forms.add(self._count, form)
            self._count += 1
            sessions = [session or self._default_session]
            (row,) = library_rows([record], sessions, self._batch.artifact_id, self._count)
            self._rows.append(self._handled(row, len(self._rows) + 1))
        return all_usual

    def close(self) -> Batch:
        """Add the sessions, the collected rows and the ledger, and return the finished batch."""
        self._ledger.count = self._count
        self._add_sessions()
        self._handlers.write(self._batch)
        self._add_times()
        for row in self._forms.rows(self._batch.artifact_id):
            self._batch.add(row)
        return self._ledger.close()

    def _add_sessions(self) -> None:
        """Add each session with the time of its first record."""
        known: set[Any] = {None}
        rows: list[Any] = self._rows
        for row in rows:
            if row[0] not in known:
                known.add(row[0])
                self._batch.add(SessionRow.named(row[0], SessionSource.LOG, created_at=row[1]))

    def _add_times(self) -> None:
        """Add the times that do not sort as text."""
        given: list[Any] = [row[1] for row in self._rows]
        if all_sort(given):
            return
        times = {time for time in given if does_not_sort(time)}
        for time in sorted(times):
            in_utc = utc(time)
            if in_utc != time:
                self._batch.add(TimeRow(time, in_utc))

    def _read_line(self, raw: bytes) -> None:
        """Read a line that is not as the library writes it: a record in another form, a blank or a malformed line."""
        index = self._count
        self._count += 1
        if not raw.strip():
            self._ledger.blank(index)
            return
        try:
            row, form, losses = _row(raw, self._batch.artifact_id, index + 1, self._default_session)
        except MalformedError as error:
            self._ledger.malformed(index, str(error))
            return
        self._rows.append(self._handled(row, len(self._rows) + 1))
        if form is None:
            reason = "; ".join(losses) or OWN_FORM
            self._batch.add(RawRecordRow(self._batch.artifact_id, index + 1, reason, raw))
        else:
            self._forms.add(index, form)

    def _handled(self, row: Row, log_id: int) -> Row:
        """Return the row after the handler of its event, if it has one: that may replace the session."""
        session, timestamp, _, _, event, _, context, *_ = row
        handler = self._handlers.handlers.get(event)
        if handler is None or context is None:
            return row
        read = handler.reader.read(context.encode() if isinstance(context, str) else context)
        return (handler.handle(log_id, timestamp, session, read), *row[1:])


def _row(
    raw: bytes, artifact_id: int, number: int, default_session: str | None
) -> tuple[LogRow, LineForm | None, list[str]]:
    """Return the record's row, the form that gives the line back from it, if there is one, and what is lost in it.

    Raises:
        MalformedError: the line is not a log record.
    """
    record = read_object(raw)
    value = record.value
    if not any(key in value for key in _REQUIRED):
        raise MalformedError(f"not a log record: it has none of {', '.join(_REQUIRED)}")
    losses = [*record.losses, *_mistyped(value)]
    extra = {key: item for key, item in value.items() if key not in KEY_ORDER}
    row = LogRow(
        session_id=_session(value.get("context")) or default_session,
        timestamp=_text(value.get("timestamp")),
        level=_text(value.get("level")),
        logger=_text(value.get("logger")),
        event=None if value.get("event") is None else _text(value["event"]),
        message=_text(value.get("message")),
        context=dump(value["context"]) if "context" in value else None,
        artifact_id=artifact_id,
        line=number,
        extra=dump(extra) if extra else None,
    )
    return row, None if losses else _form(record), losses


def _form(record: Record) -> LineForm | None:
    """Return the form of a record that this path reads, whose context is stored without spaces."""
    if record.form is None:
        return None
    style = LineStyle.SPACED if record.form.style is LineStyle.LIBRARY else record.form.style
    return record.form._replace(style=style, key_order=key_order(list(record.value), KEY_ORDER))


def _mistyped(value: JsonObject) -> list[str]:
    """Return what the text columns do not represent: missing keys, and values that are not strings."""
    missing = [f"no {key}" for key in _REQUIRED if key not in value]
    strings = [f"{key} is not a string" for key in (*_REQUIRED, "event") if not isinstance(value.get(key, ""), str)]
    return missing + strings


def _session(context: object) -> str | None:
    if isinstance(context, dict):
        return text_at(context, "session_id")
    return None


def _text(value: object) -> str:
    """Return the text of `value` for a column that must hold text: a string itself, '' for null, else its JSON."""
    if isinstance(value, str):
        return clean(value)
    return "" if value is None else dump(value)
