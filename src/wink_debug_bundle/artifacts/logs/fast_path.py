"""Read log records that are spaced and ordered exactly as the library writes them, without parsing their contexts."""

from __future__ import annotations

import json
import re

import msgspec

from ..json_forms import LIBRARY, NEUTRAL, LineForm
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

_ESCAPED = LIBRARY
"""The form of a line whose message has characters beyond ASCII, escaped."""

_UNESCAPED = LIBRARY._replace(is_ascii=0)
"""The form of a line whose strings have characters beyond ASCII, not escaped."""

_DELETE = b"\x7f"
"""A character that is escaped together with those beyond ASCII."""

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


def fast_form(line: bytes, record: FastRecord) -> LineForm | None:
    """Return the form of `line` if the columns represent all of it; None if not.

    They do if the line is exactly what the library writes for `record`, and text that can be stored. The usual line needs
    no more than a look at its beginning and its end.
    """
    # What `_head` and `_is_whole` do, without calling them: two calls are a twentieth of the time of reading a record.
    head = (
        f'{{"timestamp": "{record.timestamp}", "level": "{record.level}", "logger": "{record.logger}", '
        f'"event": "{record.event}", "message": "{record.message}", "context": '
    ).encode()
    if line.startswith(head):
        rest = len(line) - len(head) - len(record.context)
        if rest == 1 or (rest == 2 and line.endswith(b"\n")):  # no key can be repeated
            if len(line) < _SHALLOW and line.isascii() and _DELETE not in head:
                return NEUTRAL
            return _form(line, head)
    return _escaped_form(line, record)


def _escaped_form(line: bytes, record: FastRecord) -> LineForm | None:
    """Return the form of a line whose message has characters that are escaped."""
    for is_ascii in (False, True):
        head = _head(record, json.dumps(record.message, ensure_ascii=is_ascii)[1:-1])
        if _is_whole(line, head, record):
            form = _form(line, head)
            if is_ascii and form is not None:
                return _ESCAPED if form is NEUTRAL else None
            return form
    return None


def _form(line: bytes, head: bytes) -> LineForm | None:
    """Return the form of a line that begins with `head`, in which no character beyond ASCII is escaped."""
    if not _is_storable(line):
        return None
    return NEUTRAL if head.isascii() and _DELETE not in head else _UNESCAPED


def _head(record: FastRecord, message: str) -> bytes:
    """Return what the library writes before the context of `record` if no string but the message needs escapes."""
    return (
        f'{{"timestamp": "{record.timestamp}", "level": "{record.level}", "logger": "{record.logger}", '
        f'"event": "{record.event}", "message": "{message}", "context": '
    ).encode()


def _is_whole(line: bytes, head: bytes, record: FastRecord) -> bool:
    """Return whether `line` begins with `head`, and only `}` and a line feed are left after the context.

    So no key can be repeated.
    """
    if not line.startswith(head):
        return False
    rest = len(line) - len(head) - len(record.context)
    return rest == 1 or (rest == 2 and line.endswith(b"\n"))


def _is_storable(line: bytes) -> bool:
    """Return whether every SQLite can read the line's text: it is UTF-8 and not nested too deep."""
    if not line.isascii():
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
    return len(line) < _SHALLOW or not (depth_may_exceed(line) and depth_exceeds(line.decode()))
