"""Log records: one JSON object a line, as the library's log collector writes them, or nearly so."""

from __future__ import annotations

import re

import orjson

from ..records import Batch, LogRow, RawRecordRow, SessionRow
from .jsontext import MAX_DEPTH, JsonObject, MalformedError, clean, depth_exceeds, dump, read_object, text_or_none
from .lines import LineAccount
from .streams import Block

_STRING = r'"([^"\\\x00-\x1f]*)"'
_ORDINARY = re.compile(
    rf'\{{"timestamp": {_STRING}, "level": {_STRING}, "logger": {_STRING}, '
    rf'"event": {_STRING}, "message": {_STRING}, "context": (?=\{{)'
)
"""The beginning of a record exactly as the library writes it, with no escapes before its context.

Where it matches and the rest is one JSON object and a brace, the groups and the rest are the whole record: the
context's own text can be stored, nothing is written again and nothing is lost.
"""

_SHALLOW = 2 * MAX_DEPTH
"""A context shorter than this cannot be nested deeper than SQLite reads."""

_REQUIRED = ("timestamp", "level", "logger", "message")
_COLUMNS = (*_REQUIRED, "event", "context")


def read_log_block(block: Block, artifact_id: int, default_session: str | None) -> Batch:
    """Rows of one block of log lines.

    A record belongs to its context's `session_id`; without one, to `default_session`.
    """
    batch = Batch(artifact_id)
    account = LineAccount(batch, block)
    rows = batch.table(LogRow)
    first_seen: dict[str | None, str] = {}
    match, loads = _ORDINARY.match, orjson.loads
    for number, line in enumerate(account.texts(), 1):
        if (head := match(line)) and line[-1] == "}":
            text = line[head.end() : -1]
            try:
                session = loads(text).get("session_id")
            except orjson.JSONDecodeError:
                pass
            else:
                if len(text) < _SHALLOW or not depth_exceeds(text):
                    if type(session) is not str or not session:
                        session = default_session
                    timestamp, level, logger, event, message = head.groups()
                    rows.append((session, timestamp, level, logger, event, message, text, artifact_id, number, None))
                    if session not in first_seen:
                        first_seen[session] = timestamp
                    continue
        _read_any(account, batch, number, default_session, first_seen)
    for session, timestamp in first_seen.items():
        if session is not None:
            batch.add(SessionRow(session, None, timestamp, None, "log"))
    return account.close()


def _read_any(
    account: LineAccount, batch: Batch, number: int, default_session: str | None, first_seen: dict[str | None, str]
) -> None:
    """Read a line that is not exactly as the library writes it: a record, blank, or malformed."""
    raw = account.raw(number - 1)
    if not raw.strip():
        account.blank(number - 1)
        return
    try:
        row, losses = _row(raw, batch.artifact_id, number, default_session)
    except MalformedError as error:
        account.malformed(number - 1, str(error))
        return
    batch.add(row)
    first_seen.setdefault(row.session_id, row.timestamp)
    if losses:
        batch.add(RawRecordRow(batch.artifact_id, number, "; ".join(losses), raw))


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
