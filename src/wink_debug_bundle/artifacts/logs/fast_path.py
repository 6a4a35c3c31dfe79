"""The log record exactly as the library writes it: read without making objects of what its context holds."""

from __future__ import annotations

import json
import re

import msgspec
from msgspec.structs import replace

from ..lossless_json import MAX_DEPTH, depth_exceeds, depth_may_exceed


class FastRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A record with the library's six keys, all of its texts strings; the context is the source's own text."""

    timestamp: str
    level: str
    logger: str
    event: str
    message: str
    context: msgspec.Raw


class _Context(msgspec.Struct, gc=False):
    """What the column `session_id` needs of a context, which must be an object."""

    session_id: str | None = None


NOT_FAST = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What the two readers raise: the line is to be read with care."""

read_record = msgspec.json.Decoder(FastRecord).decode
"""Read a line. What the context holds is passed over: it must be JSON, but may be no UTF-8 and nested deep."""

_read_context = msgspec.json.Decoder(_Context).decode

_EARLY_SESSION = re.compile(
    rb'\{(?:(?!"session_id")"\w+": (?:"[^"\\\x00-\x1f\x80-\xff]*"|\d+|null|true|false), )*+'
    rb'"session_id": "([^"\\\x00-\x1f\x80-\xff]+)"'
)
"""A context that tells its session behind nothing but simple values, as those of the library's bound loggers do."""

_LONG = 4 << 10
"""Bytes of a context from which looking at its beginning is faster than reading it once more."""

_SHALLOW = 2 * MAX_DEPTH
"""A line shorter than this cannot be nested deeper than SQLite reads."""


def session_of(context: msgspec.Raw) -> str | None:
    """The session that a record's context tells.

    Raises:
        msgspec.MsgspecError: it is no object, or its session no string.
    """
    if len(context) > _LONG and (early := _EARLY_SESSION.match(context)):
        return early[1].decode()
    return _read_context(context).session_id


def is_fast(line: bytes, record: FastRecord) -> bool:
    """Whether the columns can say all that `line` says: it is how the library writes `record`, in storable text."""
    return (_is_written_so(line, record) or _has_escapes(line, record)) and (
        (line.isascii() and len(line) < _SHALLOW) or _is_storable(line)
    )


def _is_written_so(line: bytes, record: FastRecord) -> bool:
    """Whether `line` is what the library writes of `record` if none of its texts needs escapes.

    A line that begins so, and has but a bracket and a line end more, has no room for a key that stands twice.
    """
    head = (
        f'{{"timestamp": "{record.timestamp}", "level": "{record.level}", "logger": "{record.logger}", '
        f'"event": "{record.event}", "message": "{record.message}", "context": '
    ).encode()
    return line.startswith(head) and len(line) - len(head) - len(record.context) <= 2


def _has_escapes(line: bytes, record: FastRecord) -> bool:
    """Whether `line` is `record` with escapes in its message: all that Python's writer makes, or only what it must."""
    return any(
        _is_written_so(line, replace(record, message=json.dumps(record.message, ensure_ascii=ascii_only)[1:-1]))
        for ascii_only in (False, True)
    )


def _is_storable(line: bytes) -> bool:
    """Whether every SQLite reads the line's text: it is UTF-8, and not nested too deep."""
    if not line.isascii():
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
    return len(line) < _SHALLOW or not (depth_may_exceed(line) and depth_exceeds(line.decode()))
