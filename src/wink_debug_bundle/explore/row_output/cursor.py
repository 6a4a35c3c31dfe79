"""The rows of a query, read one at a time whatever bytes their text is made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Sequence

from ...errors import BundleQueryError
from ..sql_errors import sql_errors

Row = Sequence[object]


class OddText(bytes):
    """Text of the database that is not UTF-8."""


def column_names(cursor: sqlite3.Cursor) -> list[str]:
    """The names of the result's columns.

    Raises:
        BundleQueryError: what was run is no statement, but nothing or a comment.
    """
    if cursor.description is None:
        raise BundleQueryError("there is no SQL statement")
    return [column[0] for column in cursor.description]


class Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        row = next(self._rows)
        self.count += 1
        return row


def read_rows(cursor: sqlite3.Cursor) -> Generator[Row]:
    """The cursor's rows, whatever bytes their text is made of."""
    connection = cursor.connection
    usual = connection.text_factory
    connection.text_factory = _text
    try:
        with sql_errors():
            for row in cursor:  # noqa: UP028 - `yield from` would close the cursor, which is not ours
                yield row
    finally:
        connection.text_factory = usual


def length_of(row: Row) -> int:
    """Characters and bytes of the row's texts and BLOBs, all together."""
    return sum(len(cell) for cell in row if isinstance(cell, (str, bytes)))


def _text(stored: bytes) -> str | OddText:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return OddText(stored)
