"""The rows of a query that may fit in so many characters, with no more of each value than may be shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

from ...errors import BundleQueryError
from .cursor import Row, column_names, length_of, read_rows
from .handles import Handles

SHORT = 80
"""Characters of a long value that are shown before a row is left out."""

_MARK = 60
"""A value that is longer than its share by less than this is left whole: saying that it is cut takes as much."""

_SHORT_BLOB = 16

_COUNTED_ROWS = 10_000
_COUNTED_CHARACTERS = 64 << 20
"""How far the rows that are left out are read, to say how many they are."""


@dataclass(frozen=True, slots=True)
class Long:
    """A value that may have to be cut."""

    head: str
    """Its beginning; nothing of a BLOB, or of text that is not UTF-8."""
    size: int
    unit: Literal["characters", "bytes"]
    handle: str

    def cut(self, share: int) -> Long:
        """The same with no more of it than can be shown."""
        return self if len(self.head) <= share + _MARK else replace(self, head=self.head[: share + _MARK])

    def fits(self, share: int) -> bool:
        """Whether it is left whole."""
        return len(self.head) == self.size <= share + _MARK


@dataclass(slots=True)
class Kept:
    """The rows that may fit, and what is known of the others."""

    names: Sequence[str]
    rows: list[list[object]]
    share: int
    """Characters of a cell with which the rows may fit."""
    total: int = 0
    """Rows of the query, as far as they were counted."""
    counted: bool = False
    """Whether they were counted to the last."""
    error: BundleQueryError | None = None
    """What ended the query early."""


def keep_rows(cursor: sqlite3.Cursor, budget: int) -> Kept:
    """Read as many rows as may fit, with no more of them than may be shown, and count the others."""
    names = column_names(cursor)
    kept = Kept(names, [], budget)
    handles = Handles(cursor.connection, names)
    size = 0
    with closing(read_rows(cursor)) as rows:
        try:
            for number, row in enumerate(rows, 1):
                cells = [_cell(handles, row, number, position) for position in range(len(row))]
                kept.rows.append(_shortened(cells, kept.share))
                size += _size(kept.rows[-1], kept.share)
                while size > budget and kept.share > SHORT:
                    kept.share = max(SHORT, kept.share * 3 // 4)
                    kept.rows = [_shortened(cells, kept.share) for cells in kept.rows]
                    size = sum(_size(cells, kept.share) for cells in kept.rows)
                if size > budget:
                    break
            rest, kept.counted = _count(rows)
            kept.total = len(kept.rows) + rest
        except BundleQueryError as error:
            kept.error = error
    return kept


def _cell(handles: Handles, row: Row, number: int, position: int) -> object:
    value = row[position]
    if isinstance(value, bytes) and len(value) > _SHORT_BLOB:
        return Long("", len(value), "bytes", handles.handle(row, number, position))
    if isinstance(value, str) and len(value) > _MARK:
        return Long(value, len(value), "characters", handles.handle(row, number, position))
    return value


def _shortened(cells: Sequence[object], share: int) -> list[object]:
    return [cell.cut(share) if isinstance(cell, Long) else cell for cell in cells]


def _size(cells: Sequence[object], share: int) -> int:
    """Characters that the cells take at least, whatever the format."""
    return len(cells) + sum(_length(cell, share) for cell in cells)


def _length(cell: object, share: int) -> int:
    if isinstance(cell, Long):
        return len(cell.head[:share])
    return len(cell) if isinstance(cell, str) else 0


def _count(rows: Iterator[Row]) -> tuple[int, bool]:
    """How many rows are left, and whether these are all: of many, the first ones are counted."""
    count = characters = 0
    for count, row in enumerate(rows, 1):
        characters += length_of(row)
        if count > _COUNTED_ROWS or characters > _COUNTED_CHARACTERS:
            return count - 1, False
    return count, True
