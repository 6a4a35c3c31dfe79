"""Read the rows of a query one at a time, also where stored text is not UTF-8."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Sequence

from ...errors import BundleQueryError
from ..sql_errors import sql_errors

Row = Sequence[object]


class OddText(bytes):
    """A stored text that is not UTF-8, as its bytes."""


def column_names(cursor: sqlite3.Cursor) -> list[str]:
    """Return the names of the result's columns.

    Raises:
        BundleQueryError: the executed SQL was empty or only a comment.
    """
    if cursor.description is None:
        raise BundleQueryError("there is no SQL statement")
    return [column[0] for column in cursor.description]


class Counted:
    """An iterator over rows that counts them in `count`."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        """Return the iterator itself."""
        return self

    def __next__(self) -> Row:
        """Return the next row and count it."""
        row = next(self._rows)
        self.count += 1
        return row


def read_rows(cursor: sqlite3.Cursor) -> Generator[Row]:
    """Yield the cursor's rows; text that is not UTF-8 comes as `OddText`."""
    connection = cursor.connection
    usual = connection.text_factory
    connection.text_factory = _text
    factory, cursor.row_factory = cursor.row_factory, None  # tuples are faster
    try:
        with sql_errors():
            for row in cursor:  # noqa: UP028 - `yield from` would close the cursor, which is not ours
                yield row
    finally:
        connection.text_factory, cursor.row_factory = usual, factory


def length_of(row: Row) -> int:
    """Return the total length of the row's texts (in characters) and BLOBs (in bytes)."""
    return sum(len(cell) for cell in row if isinstance(cell, (str, bytes)))


def _text(stored: bytes) -> str | OddText:
    """Decode a stored text, or keep its bytes if they are not UTF-8."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return OddText(stored)
