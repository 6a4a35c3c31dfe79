"""Read log records that are spaced and ordered exactly as the library writes them, many lines at once.

The proof that nothing of the lines is lost is made for all of them together: they are written again from their values,
and the text must be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import NamedTuple

import msgspec

from ..json_forms import LIBRARY, NEUTRAL, LineForm, is_plain
from ..lossless_json import MAX_DEPTH, depth_exceeds, depth_may_exceed
from .event_structs import Context

LibraryRow = tuple[str | None, str, str, str, str, str, bytes, int, int, None]


class LibraryRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A record as the library writes it: five strings, and the context, an object whose text is kept as it is."""

    timestamp: str
    level: str
    logger: str
    event: str
    message: str
    context: msgspec.Raw


class LibraryLines(NamedTuple):
    """The records of neighbouring lines, one for each line, and what is read of the context of each.

    `forms` are the forms of the lines that have characters which need escapes, with their indices.
    """

    records: list[LibraryRecord]
    contexts: list[Context]
    forms: list[tuple[int, LineForm]]


_read_records = msgspec.json.Decoder(LibraryRecord).decode_lines
_read_record = msgspec.json.Decoder(LibraryRecord).decode
_read_context = msgspec.json.Decoder(Context).decode

Decoders = Mapping[str | None, Callable[[bytes | msgspec.Raw], Context]]

NOT_FAST = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""Errors of lines that have to be read by the slow path."""

_UNESCAPED = LIBRARY._replace(is_ascii=0)
"""The form of a line that has characters beyond ASCII in its strings, not escaped."""

_ESCAPED = LIBRARY
"""The form of a line whose message has characters beyond ASCII, escaped."""

_END = b"}\n"
"""What follows the context."""

_DEPTH = MAX_DEPTH - 1
"""Nesting levels of a context that are read; its line has one more."""

_SHALLOW = 2 * MAX_DEPTH
"""A context shorter than this, in bytes, has too few brackets for its line to be nested more than MAX_DEPTH levels deep."""

_BYTES_AT_ONCE = 128 << 10
"""About how many bytes are read at once: they and their records stay in the processor's cache."""


def neighbouring_lines(data: bytes) -> Iterator[bytes]:
    """Cut the lines of a block into texts of a few whole lines each."""
    begin = 0
    while begin < len(data):
        end = data.find(b"\n", begin + _BYTES_AT_ONCE) + 1 or len(data)
        yield data[begin:end]
        begin = end


def read_library_lines(text: bytes, decoders: Decoders) -> LibraryLines | None:
    """Return the records of whole lines; None if the columns do not represent all of one of them.

    They do if each line is exactly what the library writes for its record, and text that every SQLite can read.
    `decoders` has the events whose contexts are read as more than a `Context`.
    """
    try:
        records = _read_records(text)
        contexts = [record.context for record in records]
        read = _read_contexts(records, contexts, decoders)
        forms = _forms(text, records, contexts)
        if forms is None or not _is_storable(text, contexts):
            return None
    except NOT_FAST:
        return None
    return LibraryLines(records, read, forms)


def _read_contexts(records: list[LibraryRecord], contexts: list[msgspec.Raw], decoders: Decoders) -> list[Context]:
    """Return the contexts as structs of their events; all as no more than a `Context` if that is refused for one."""
    if decoders:
        decoder = decoders.get
        try:
            return [decoder(record.event, _read_context)(record.context) for record in records]
        except NOT_FAST:
            pass
    return list(map(_read_context, contexts))


def library_rows(
    records: list[LibraryRecord], sessions: list[str | None], artifact_id: int, first_line: int
) -> list[LibraryRow]:
    """Return the values of a `LogRow` for each record of neighbouring lines.

    The context, which is most of a record's bytes, is the source's own bytes: it is neither serialised again, nor
    decoded to a string that SQLite would encode again (`rows.UTF8_COLUMNS`).
    """
    return [
        (
            session,
            record.timestamp,
            record.level,
            record.logger,
            record.event,
            record.message,
            record.context,
            artifact_id,
            line,
            None,
        )
        for record, session, line in zip(records, sessions, count(first_line), strict=False)
    ]


def read_library_line(line: bytes) -> tuple[LibraryRecord, str | None, LineForm] | None:
    """Return the record, the session and the form of one line; None where `read_library_lines` returns None.

    This is quicker for one line, and slower for many.
    """
    try:
        record = _read_record(line)
        context = record.context
        session = _read_context(context).session_id
        (head,) = _heads([record], encode_basestring)
        form = NEUTRAL if is_plain(head) and head + context + _END == line else _form(line, record)
        if not line.isascii():
            line.decode()
        if form is None or (len(context) >= _SHALLOW and _is_too_deep(bytes(context))):
            return None
    except NOT_FAST:
        return None
    return record, session, form


def _form(line: bytes, record: LibraryRecord) -> LineForm | None:
    """Return the form of one line; None if it has none."""
    forms = _forms(line, [record], [record.context])
    if forms is None:
        return None
    return forms[0][1] if forms else NEUTRAL


def _forms(text: bytes, records: list[LibraryRecord], contexts: list[msgspec.Raw]) -> list[tuple[int, LineForm]] | None:
    """Return the forms of lines whose strings have characters beyond ASCII; None if a line has no form.

    Records that give the whole text again are one a line, each from its own line: the first record's text and what is
    written of it begin at the same place, so they are the same up to the first escape, key or space that differs.
    """
    if not text.endswith(b"\n"):
        text += b"\n"
    heads = _heads(records, encode_basestring)
    if _lines(heads, contexts) == text:
        if is_plain(b"".join(heads)):
            return []
        return [(index, _UNESCAPED) for index, head in enumerate(heads) if not is_plain(head)]
    escaped = _heads(records, encode_basestring_ascii)
    if _lines(escaped, contexts) == text and is_plain(b"".join(escaped)):
        return [(index, _ESCAPED) for index, head in enumerate(heads) if head != escaped[index]]
    return None


def _heads(records: list[LibraryRecord], escape: Callable[[str], str]) -> list[bytes]:
    """Return what the library writes up to each context if no string but the message needs escapes.

    Raises:
        UnicodeError: a string holds a lone surrogate.
    """
    return [
        (
            f'{{"timestamp": "{record.timestamp}", "level": "{record.level}", "logger": "{record.logger}", '
            f'"event": "{record.event}", "message": {escape(record.message)}, "context": '
        ).encode()
        for record in records
    ]


def _lines(heads: list[bytes], contexts: list[msgspec.Raw]) -> bytes:
    """Return the lines that have these beginnings and contexts."""
    parts: list[bytes | msgspec.Raw] = [_END] * (3 * len(heads))
    parts[::3] = heads
    parts[1::3] = contexts
    return b"".join(parts)


def _is_storable(text: bytes, contexts: list[msgspec.Raw]) -> bool:
    """Return whether every SQLite can read the text of lines that have these contexts: none is nested too deep.

    Raises:
        UnicodeError: the text is not UTF-8.
    """
    if not text.isascii():
        text.decode()
    return not any(_is_too_deep(bytes(context)) for context in contexts if len(context) >= _SHALLOW)


def _is_too_deep(context: bytes) -> bool:
    return depth_may_exceed(context, _DEPTH) and depth_exceeds(context.decode(), _DEPTH)
