"""Read the rows of a query that may fit in a budget of characters, with long values shortened."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from ...errors import BundleQueryError
from .cursor import Row, column_names, length_of, read_rows
from .handles import Handles

SHORTEST_CELL = 80
"""Characters to which long values are cut before any row is left out."""

_MARK = 60
"""A value that exceeds the limit by no more than this is left whole, as the mark of a cut takes about as much."""

_SHORT_BLOB = 16
"""BLOBs of up to so many bytes are shown whole."""

_COUNTED_ROWS = 10_000
_COUNTED_CHARACTERS = 64 << 20
"""Limits for counting the rows that are left out; beyond them the note says "more than"."""


HandleOf = Callable[[Row, int, int], str]
"""Returns the handle of the value of a row, given the row's number, from 1, and the value's position, from 0."""


@dataclass(frozen=True, slots=True)
class LongValue:
    """A value that may have to be cut."""

    head: str
    """Its beginning; empty for a BLOB and for text that is not UTF-8."""
    size: int
    unit: Literal["characters", "bytes"]
    handle: str

    def shortened(self, limit: int) -> LongValue:
        """Return the value with no more of its beginning than a cell of `limit` characters can show."""
        return self if len(self.head) <= limit + _MARK else replace(self, head=self.head[: limit + _MARK])

    def fits(self, limit: int) -> bool:
        """Return whether a cell of `limit` characters shows the value whole."""
        return len(self.head) == self.size <= limit + _MARK


@dataclass(slots=True)
class KeptRows:
    """The rows that may fit, and how many rows the query has."""

    names: Sequence[str]
    rows: list[list[object]]
    limit: int
    """Characters of a cell with which the rows may fit."""
    total: int = 0
    """Rows of the query, as far as they were counted."""
    counted: bool = False
    """Whether all rows were counted."""
    error: BundleQueryError | None = None
    """The error that ended the query early."""


def keep_rows(cursor: sqlite3.Cursor, budget: int) -> KeptRows:
    """Read the rows that may fit in `budget` characters, with long values shortened, and count the others."""
    names = column_names(cursor)
    handles = Handles(cursor.connection, names)
    with closing(read_rows(cursor)) as rows:
        return keep_named_rows(names, rows, handles.handle, budget)


def keep_named_rows(names: Sequence[str], rows: Iterator[Row], handle_of: HandleOf, budget: int) -> KeptRows:
    """Keep the rows of any result that may fit, as `keep_rows` does it, with the handles that `handle_of` returns."""
    kept = KeptRows(names, [], budget)
    size = 0
    try:
        for number, row in enumerate(rows, 1):
            cells = [_with_handle(handle_of, row, number, position) for position in range(len(row))]
            kept.rows.append(_shortened(cells, kept.limit))
            size += _size(kept.rows[-1], kept.limit)
            while size > budget and kept.limit > SHORTEST_CELL:
                kept.limit = max(SHORTEST_CELL, kept.limit * 3 // 4)
                kept.rows = [_shortened(cells, kept.limit) for cells in kept.rows]
                size = sum(_size(cells, kept.limit) for cells in kept.rows)
            if size > budget:
                break
        rest, kept.counted = count_rows(rows)
        kept.total = len(kept.rows) + rest
    except BundleQueryError as error:
        kept.error = error
    return kept


def _with_handle(handle_of: HandleOf, row: Row, number: int, position: int) -> object:
    """Return the cell, a long one as a `LongValue` with its handle."""
    value = row[position]
    if isinstance(value, bytes) and len(value) > _SHORT_BLOB:
        return LongValue("", len(value), "bytes", handle_of(row, number, position))
    if isinstance(value, str) and len(value) > _MARK:
        return LongValue(value, len(value), "characters", handle_of(row, number, position))
    return value


def _shortened(cells: Sequence[object], limit: int) -> list[object]:
    """Return the cells with long values shortened."""
    return [cell.shortened(limit) if isinstance(cell, LongValue) else cell for cell in cells]


def _size(cells: Sequence[object], limit: int) -> int:
    """Return the fewest characters that the cells take in any format."""
    return len(cells) + sum(_length(cell, limit) for cell in cells)


def _length(cell: object, limit: int) -> int:
    """Return the fewest characters that a cell takes."""
    if isinstance(cell, LongValue):
        return len(cell.head[:limit])
    return len(cell) if isinstance(cell, str) else 0


def count_rows(rows: Iterator[Row]) -> tuple[int, bool]:
    """Count the remaining rows up to a limit; return the count and whether it is complete."""
    count = characters = 0
    for count, row in enumerate(rows, 1):
        characters += length_of(row)
        if count > _COUNTED_ROWS or characters > _COUNTED_CHARACTERS:
            return count - 1, False
    return count, True
