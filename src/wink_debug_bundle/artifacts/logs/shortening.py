"""Shorten the JSON of a long log record to what fits in memory and in columns, and say what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..lossless_json import MAX_DEPTH, read_object, read_values
from ..read_errors import MalformedError
from .record_cursor import RecordCursor, cut_text

STRING_BYTES = 32 << 20
"""Most bytes of long strings, all together, that are kept: some copies of them are in memory at once."""

VALUE_BYTES = 8 << 20
"""Most bytes of other values that are kept inside values of the context, and as many beside these."""

_OUTER_LEVELS = 2
"""Levels whose keys are tried each for itself: the record and its context."""

_NAMED_CUTS = 3
_LONGEST_NAME = 40


class ShortRecord(NamedTuple):
    """A record as far as it is read: its JSON text, and what was left out of it; nothing if `left_out` is empty."""

    text: bytes
    left_out: str


def shorten(chunks: Iterator[bytes]) -> ShortRecord:
    """Return the record whose text arrives in `chunks`; memory holds as much of it as is kept.

    All of it is checked. Long strings are cut at their end, long arrays and objects after the last value that fits.

    Raises:
        MalformedError: the text is not a JSON object.
        TooLongError: one of its keys is too long.
    """
    return _Shortening(chunks).run()


class _Shortening:
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._cursor = RecordCursor(chunks)
        self._text = bytearray()
        self._path: list[str] = []
        self._string_room = STRING_BYTES
        self._inner_room = self._outer_room = VALUE_BYTES
        self._muted = 0
        self._cuts: list[str] = []
        self._cut_count = 0

    def run(self) -> ShortRecord:
        if self._cursor.peek() != b"{":
            raise MalformedError("expected a JSON object")
        self._container()
        if self._cursor.peek():
            raise MalformedError(f"extra data at byte {self._cursor.offset + 1} of the line")
        more = self._cut_count - len(self._cuts)
        left_out = "; ".join([*self._cuts, *([f"and {more:,} more"] if more else [])])
        return ShortRecord(bytes(self._text), left_out)

    def _container(self) -> None:
        """Copy the array or object at the cursor; one value or neighbouring ones at a time."""
        if len(self._path) > MAX_DEPTH:
            raise MalformedError(f"nested more than {MAX_DEPTH} levels deep")
        cursor = self._cursor
        is_object = cursor.take(b"{")
        if not is_object:
            cursor.require(b"[")
        end = b"}" if is_object else b"]"
        was_muted = self._muted
        self._copy(b"{" if is_object else b"[")
        separator = b""
        if not cursor.take(end):
            while True:
                is_copied = self._member(separator) if is_object else self._item(separator)
                if is_copied:
                    separator = b", "
                elif not is_object or len(self._path) >= _OUTER_LEVELS:
                    self._muted = was_muted + 1  # the rest of it is left out, so that it has no gaps
                if not cursor.take(b","):
                    cursor.require(end)
                    break
                if cursor.peek() == end:
                    raise MalformedError(f"expected a value at byte {cursor.offset + 1} of the line")
        self._muted = was_muted
        self._copy(end)

    def _item(self, separator: bytes) -> bool:
        """Copy some items of an array; return whether they were."""
        text = self._cursor.short_values()
        if text is not None:
            read_values(text)
            return self._copy_short(separator + text)
        self._path.append("[]")
        is_copied = self._long_value(separator)
        self._path.pop()
        return is_copied

    def _member(self, separator: bytes) -> bool:
        """Copy a key of an object with its value, or some at once in inner objects; return whether they were."""
        if len(self._path) >= _OUTER_LEVELS and (text := self._cursor.short_members()) is not None:
            read_object(b"{%b}" % text)
            return self._copy_short(separator + text)
        key = self._cursor.key()
        (name,) = read_values(key).values
        self._path.append(name)
        head = b"%b%b: " % (separator, key)
        value = self._cursor.short_value()
        if value is None:
            is_copied = self._long_value(head)
        else:
            read_values(value)
            is_copied = self._copy_short(head + value)
        self._path.pop()
        return is_copied

    def _long_value(self, head: bytes) -> bool:
        """Copy, after `head`, a value that is longer than the window or deeply nested; return whether it was begun."""
        begin = self._cursor.peek()
        is_begun = self._copy_short(head)
        self._muted += not is_begun
        if begin == b'"':
            self._string()
        elif begin in (b"[", b"{"):
            self._container()
        else:
            raise MalformedError(f"no value at byte {self._cursor.offset + 1} of the line")
        self._muted -= not is_begun
        return is_begun

    def _string(self) -> None:
        """Copy a string as far as there is room."""
        self._copy(b'"')
        kept = total = 0
        for piece in self._cursor.pieces():
            if kept == total and not self._muted:
                text = cut_text(piece, self._string_room)
                self._text += text
                self._string_room -= len(text)
                kept += len(text)
            total += len(piece)
        self._copy(b'"')
        if kept < total and not self._muted:
            self._string_room = 0
            self._note(f"the first {kept:,} of its {total:,} bytes are in the columns")

    def _copy_short(self, text: bytes) -> bool:
        """Copy text if there is room; return whether there is."""
        is_outer = len(self._path) <= _OUTER_LEVELS
        if self._muted or len(text) > (self._outer_room if is_outer else self._inner_room):
            if not self._muted:
                self._note("not all of its values are in the columns")
            return False
        if is_outer:
            self._outer_room -= len(text)
        else:
            self._inner_room -= len(text)
        self._text += text
        return True

    def _copy(self, text: bytes) -> None:
        if not self._muted:
            self._text += text

    def _note(self, what: str) -> None:
        self._cut_count += 1
        if len(self._cuts) < _NAMED_CUTS:
            name = ".".join(self._path[: _OUTER_LEVELS + 1])
            self._cuts.append(f"{name[:_LONGEST_NAME] or 'the record'}: {what}")
