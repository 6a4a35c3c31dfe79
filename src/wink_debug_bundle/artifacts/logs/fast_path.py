"""Read log records that are spaced and ordered exactly as the library writes them, without parsing their contexts."""

from __future__ import annotations

import json
import re

import msgspec
from msgspec.structs import replace

from ..lossless_json import MAX_DEPTH, depth_exceeds, depth_may_exceed


class FastRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A record with the library's six keys: five strings, and the context as the source's own bytes."""

    timestamp: str
    level: str
    logger: str
    event: str
    message: str
    context: msgspec.Raw


class _Context(msgspec.Struct, gc=False):
    """The only key of a context that is parsed: the column `session_id` holds it. The context must be an object."""

    session_id: str | None = None


NOT_FAST = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""Errors of `read_record` and `session_of`: the line has to be read by the slow path."""

read_record = msgspec.json.Decoder(FastRecord).decode
"""Read a line. The context is skipped: it is valid JSON syntax, but may be invalid UTF-8 or nested too deep."""

_read_context = msgspec.json.Decoder(_Context).decode

_EARLY_SESSION = re.compile(
    rb'\{(?:(?!"session_id")"\w+": (?:"[^"\\\x00-\x1f\x80-\xff]*"|\d+|null|true|false), )*+'
    rb'"session_id": "([^"\\\x00-\x1f\x80-\xff]+)"'
)
"""Start of a context whose `session_id` follows only simple values, as the library's bound loggers write it."""

_LONG = 4 << 10
"""Bytes of a context above which it is faster to match its beginning than to parse all of it."""

_SHALLOW = 2 * MAX_DEPTH
"""A line shorter than this, in bytes, has too few brackets to be nested more than MAX_DEPTH levels deep."""


def session_of(context: msgspec.Raw) -> str | None:
    """Return the session id in a record's context; None if it has none.

    Raises:
        msgspec.MsgspecError: the context is not an object, or its session id is not a string.
    """
    if len(context) > _LONG and (early := _EARLY_SESSION.match(context)):
        return early[1].decode()
    return _read_context(context).session_id


def is_fast(line: bytes, record: FastRecord) -> bool:
    """Return whether the columns represent all of `line`.

    They do if the line is exactly what the library writes for `record`, and text that can be stored.
    """
    return (_is_unescaped(line, record) or _is_escaped(line, record)) and (
        (line.isascii() and len(line) < _SHALLOW) or _is_storable(line)
    )


def _is_unescaped(line: bytes, record: FastRecord) -> bool:
    """Return whether `line` is what the library writes for `record` if none of its strings needs escapes.

    The line must begin with that text. If only `}` and a newline are left after the context, no key can be repeated.
    """
    head = (
        f'{{"timestamp": "{record.timestamp}", "level": "{record.level}", "logger": "{record.logger}", '
        f'"event": "{record.event}", "message": "{record.message}", "context": '
    ).encode()
    return line.startswith(head) and len(line) - len(head) - len(record.context) <= 2


def _is_escaped(line: bytes, record: FastRecord) -> bool:
    """Return whether `line` is `record` with its message escaped by `json.dumps`, with ASCII output or without."""
    return any(
        _is_unescaped(line, replace(record, message=json.dumps(record.message, ensure_ascii=ascii_only)[1:-1]))
        for ascii_only in (False, True)
    )


def _is_storable(line: bytes) -> bool:
    """Return whether every SQLite can read the line's text: it is UTF-8 and not nested too deep."""
    if not line.isascii():
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
    return len(line) < _SHALLOW or not (depth_may_exceed(line) and depth_exceeds(line.decode()))
