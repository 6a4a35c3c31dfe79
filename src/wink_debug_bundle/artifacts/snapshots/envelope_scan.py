"""Separate the envelope of a long snapshot from the items of its slices, which do not fit in memory together."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..lossless_json import Record, read_object, read_values
from ..read_errors import MalformedError
from ..streams.json_cursor import JsonCursor, TooLongError
from ..streams.line_blocks import LINE_LIMIT

_SLICES, _ITEMS = b'"slices"', b'"items"'


class Part(NamedTuple):
    """Neighbouring items of one slice: the place of their text in the line.

    `is_plain` says that the text needs no more checks.
    """

    offset: int
    length: int
    is_plain: bool


@dataclass(slots=True)
class StreamedItems:
    """The items of one slice, as the places of their parts in the line."""

    count: int = 0
    parts: list[Part] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of items."""
        return self.count


class LongSnapshot(NamedTuple):
    """The envelope of a snapshot, with StreamedItems in place of each list of items, and what is lost in the items."""

    record: Record
    losses: tuple[str, ...]


def scan_snapshot(chunks: Iterator[bytes]) -> LongSnapshot:
    """Return the envelope of the snapshot whose text arrives in `chunks`, without a line end.

    All items are read once, so that a line that is not valid is found to be malformed before any of its rows is made.

    Raises:
        MalformedError: the line is not a JSON object.
        TooLongError: the envelope or one item is longer than LINE_LIMIT.
    """
    return _Scan(chunks).run()


class _Scan:
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._cursor = JsonCursor(chunks)
        self._mark = secrets.token_hex(16)
        self._envelope = bytearray()
        self._lists: list[StreamedItems] = []
        self._losses: dict[str, None] = {}

    def run(self) -> LongSnapshot:
        self._object(self._top_value)
        if self._cursor.peek():
            raise MalformedError(f"extra data at byte {self._cursor.offset + 1} of the line")
        record = read_object(bytes(self._envelope))
        if "slices" in record.value:
            record.value["slices"] = self._with_items(record.value["slices"])
        return LongSnapshot(record, tuple(self._losses))

    def _object(self, read_value: Any) -> None:
        """Copy an object to the envelope; `read_value` copies the value of each key, which it is given."""
        cursor = self._cursor
        cursor.require(b"{")
        self._copy(b"{")
        while not cursor.take(b"}"):
            key = cursor.key()
            self._copy(key + b": ")
            read_value(key)
            if not cursor.take(b","):
                cursor.require(b"}")
                break
            if cursor.peek() == b"}":
                raise MalformedError(f"expected a key at byte {cursor.offset + 1} of the line")
            self._copy(b", ")
        self._copy(b"}")

    def _top_value(self, key: bytes) -> None:
        begin = self._cursor.peek()
        if key == _SLICES and begin == b"{":
            self._object(lambda _: self._items())
        elif key == _SLICES and begin == b"[":
            self._slice_list()
        else:
            self._copy(self._cursor.value())

    def _slice_list(self) -> None:
        cursor = self._cursor
        cursor.require(b"[")
        self._copy(b"[")
        if not cursor.take(b"]"):
            while True:
                if cursor.peek() == b"{":
                    self._object(lambda key: self._items() if key == _ITEMS else self._copy(cursor.value()))
                else:
                    self._copy(cursor.value())
                if not cursor.take(b","):
                    cursor.require(b"]")
                    break
                self._copy(b", ")
        self._copy(b"]")

    def _items(self) -> None:
        """Read a list of items and copy a mark in its place; copy any other value."""
        cursor = self._cursor
        if not cursor.take(b"["):
            self._copy(cursor.value())
            return
        items = StreamedItems()
        while not cursor.take(b"]"):
            cursor.peek()
            offset = cursor.offset
            text = cursor.values()
            values, losses, is_plain = read_values(text)
            self._losses.update(dict.fromkeys(losses))
            items.count += len(values)
            items.parts.append(Part(offset, len(text), is_plain))
            if not cursor.take(b","):
                cursor.require(b"]")
                break
            if cursor.peek() == b"]":
                raise MalformedError(f"expected a value at byte {cursor.offset + 1} of the line")
        self._copy(b'"%s:%d"' % (self._mark.encode(), len(self._lists)))
        self._lists.append(items)

    def _copy(self, text: bytes) -> None:
        self._envelope += text
        if len(self._envelope) > LINE_LIMIT:
            raise TooLongError

    def _with_items(self, slices: Any) -> Any:
        """Return the slices with the lists of items in place of their marks."""
        if isinstance(slices, dict):
            return {key: self._unmarked(value) for key, value in slices.items()}
        if isinstance(slices, list):
            return [
                {**entry, "items": self._unmarked(entry["items"])}
                if isinstance(entry, dict) and "items" in entry
                else entry
                for entry in slices
            ]
        return slices

    def _unmarked(self, value: Any) -> Any:
        mark, _, number = value.partition(":") if isinstance(value, str) else ("", "", "")
        return self._lists[int(number)] if mark == self._mark else value
