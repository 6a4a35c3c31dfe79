"""Read log records that are spaced and ordered exactly as the library writes them, without parsing their contexts."""

from __future__ import annotations

import codecs
import json

import msgspec

from ..json_forms import LIBRARY, NEUTRAL, LineForm
from ..lossless_json import MAX_DEPTH, depth_exceeds, depth_may_exceed


class _Context(msgspec.Struct, gc=False):
    """The only key of a context that is read: the column `session_id` holds it. The context must be an object."""

    session_id: str | None = None


class FastRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A record with the library's six keys: five strings and the context."""

    timestamp: str
    level: str
    logger: str
    event: str
    message: str
    context: _Context


NOT_FAST = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""Errors of `read_record` and `context_and_form`: the line has to be read by the slow path."""

read_record = msgspec.json.Decoder(FastRecord).decode
"""Read a line. The rest of the context is valid JSON syntax, but may be invalid UTF-8 or nested too deep."""

_read_context = msgspec.json.Decoder(_Context).decode

_ESCAPED = LIBRARY
"""The form of a line whose message has characters beyond ASCII, escaped."""

_UNESCAPED = LIBRARY._replace(is_ascii=0)
"""The form of a line whose strings have characters beyond ASCII, not escaped."""

_DELETE = b"\x7f"
"""A character that is escaped together with those beyond ASCII."""

_DECODED_BYTES = 256 << 10
"""Bytes that are decoded at once: their text stays in the processor's cache."""

_SHALLOW = 2 * MAX_DEPTH
"""A line shorter than this, in bytes, has too few brackets to be nested more than MAX_DEPTH levels deep."""


def is_plain(data: bytes) -> bool:
    """Return whether all of `data` is UTF-8 without a DELETE, so that no line of it has to be looked at for that."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    view = memoryview(data)
    try:
        for begin in range(0, len(data), _DECODED_BYTES):
            decode(view[begin : begin + _DECODED_BYTES], begin + _DECODED_BYTES >= len(data))
    except UnicodeDecodeError:
        return False
    return _DELETE not in data


def context_and_form(line: bytes, record: FastRecord, *, plain: bool) -> tuple[bytes, LineForm] | None:
    """Return the text of the context and the form of `line` if the columns represent all of it; None if not.

    They do if the line is exactly what the library writes for `record`, and text that can be stored. The usual line needs
    no more than a look at its beginning and its end; `plain` is what `is_plain` returns for its block.

    Raises:
        msgspec.MsgspecError: something follows the context.
    """
    # What `_head` and `_context` do, without calling them: two calls are a twentieth of the time of reading a record.
    text = (
        f'{{"timestamp": "{record.timestamp}", "level": "{record.level}", "logger": "{record.logger}", '
        f'"event": "{record.event}", "message": "{record.message}", "context": {{'
    )
    head = text.encode()
    if line.startswith(head) and line.endswith(b"}}\n"):
        context = line[len(head) - 1 : -2]
        if context.find(b"}") + 1 != len(context):  # with one brace, nothing can follow the object that it closes
            _read_context(context)
        if plain and text.isascii() and (len(line) < _SHALLOW or not depth_may_exceed(line)):
            return context, NEUTRAL
        form = _form(line, head)
        return None if form is None else (context, form)
    return _rare_form(line, record)


def _rare_form(line: bytes, record: FastRecord) -> tuple[bytes, LineForm] | None:
    """Return context and form of a line that has no line end, or whose message has characters that are escaped."""
    for is_ascii in (False, True):
        head = _head(record, json.dumps(record.message, ensure_ascii=is_ascii)[1:-1])
        context = _context(line, head)
        if context is not None:
            form = _form(line, head)
            if is_ascii and form is not None:
                form = _ESCAPED if form is NEUTRAL else None
            return None if form is None else (context, form)
    return None


def _form(line: bytes, head: bytes) -> LineForm | None:
    """Return the form of a line that begins with `head`, in which no character beyond ASCII is escaped."""
    if not _is_storable(line):
        return None
    return NEUTRAL if head.isascii() and _DELETE not in head else _UNESCAPED


def _head(record: FastRecord, message: str) -> bytes:
    """Return what the library writes up to the first brace of the context if no string but the message needs escapes."""
    return (
        f'{{"timestamp": "{record.timestamp}", "level": "{record.level}", "logger": "{record.logger}", '
        f'"event": "{record.event}", "message": "{message}", "context": {{'
    ).encode()


def _context(line: bytes, head: bytes) -> bytes | None:
    """Return the context if `line` begins with `head`, and only `}` and a line feed are left after it, so no further key.

    Raises:
        msgspec.MsgspecError: something else is left.
    """
    whole = line.removesuffix(b"\n")
    if not line.startswith(head) or not whole.endswith(b"}}"):
        return None
    context = whole[len(head) - 1 : -1]
    _read_context(context)
    return context


def _is_storable(line: bytes) -> bool:
    """Return whether every SQLite can read the line's text: it is UTF-8 and not nested too deep."""
    if not line.isascii():
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
    return len(line) < _SHALLOW or not (depth_may_exceed(line) and depth_exceeds(line.decode()))
