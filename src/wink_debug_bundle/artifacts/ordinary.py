"""The log record exactly as the library writes it: read without making objects of what its context holds."""

from __future__ import annotations

import json

import msgspec
from msgspec.structs import replace

from .jsontext import MAX_DEPTH, depth_exceeds, depth_may_exceed


class OrdinaryRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
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


NOT_ORDINARY = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What the two readers raise: the line is to be read with care."""

read_record = msgspec.json.Decoder(OrdinaryRecord).decode
"""Read a line. What the context holds is passed over: it must be JSON, but may be no UTF-8 and nested deep."""

read_context = msgspec.json.Decoder(_Context).decode
"""Read a record's context for its session."""

_SHALLOW = 2 * MAX_DEPTH
"""A line shorter than this cannot be nested deeper than SQLite reads."""


def is_ordinary(line: bytes, record: OrdinaryRecord) -> bool:
    """Whether the columns can say all that `line` says: it is how the library writes `record`, in storable text."""
    return (_is_written_so(line, record) or _has_escapes(line, record)) and (
        (line.isascii() and len(line) < _SHALLOW) or _is_storable(line)
    )


def _is_written_so(line: bytes, record: OrdinaryRecord) -> bool:
    """Whether `line` is what the library writes of `record` if none of its texts needs escapes.

    A line that begins so, and has but a bracket and a line end more, has no room for a key that stands twice.
    """
    head = (
        f'{{"timestamp": "{record.timestamp}", "level": "{record.level}", "logger": "{record.logger}", '
        f'"event": "{record.event}", "message": "{record.message}", "context": '
    ).encode()
    return line.startswith(head) and len(line) - len(head) - len(record.context) <= 2


def _has_escapes(line: bytes, record: OrdinaryRecord) -> bool:
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
