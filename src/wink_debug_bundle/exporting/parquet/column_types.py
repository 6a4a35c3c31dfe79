"""Decide which type each column of a Parquet file has: as the schema says, or else by the values."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...database.catalog import describe
from ...dataset.parquet_tables import ColumnType, stored_tables
from ...explore.row_output.cursor import Row

_TYPES: dict[str, ColumnType] = {"INTEGER": "INTEGER", "REAL": "REAL", "TEXT": "TEXT", "BLOB": "BLOB"}

_LARGEST_EXACT = 2**53
"""Integers beyond this are not all numbers of the type REAL."""


class FileColumn(NamedTuple):
    """A column of a Parquet file.

    Attributes:
        type: Its type; None if its values decide.
        description: Its comment.
    """

    name: str
    type: ColumnType | None
    description: str | None


class FileTable(NamedTuple):
    """What a Parquet file says of its rows: a comment, and the columns."""

    description: str | None
    columns: Sequence[FileColumn]


def table_of(connection: sqlite3.Connection, name: str) -> FileTable | None:
    """Describe a table or view with the types and comments that datasets write; None if nothing describes it.

    What datasets do not have, as slice views and sums, has its comments from the bundle.
    """
    relation = next((each for each in describe(connection) if each.name == name), None)
    if relation is None:
        return None
    names = [each.name for each in relation.columns]
    stored = stored_tables().get(name)
    if stored is not None and [each.name for each in stored.columns] == names:
        return FileTable(
            stored.description, [FileColumn(each.name, each.type, each.description) for each in stored.columns]
        )
    columns = [FileColumn(each.name, _TYPES.get(each.type), each.description or None) for each in relation.columns]
    return FileTable(relation.description or None, columns)


def query_table(names: Iterable[str]) -> FileTable:
    """Describe the rows of a query, whose columns have these names."""
    return FileTable(None, [FileColumn(name, None, None) for name in _unique(names)])


class SeenTypes:
    """The types of the values of a column so far."""

    def __init__(self) -> None:
        self._kinds: set[type] = set()
        self._has_inexact = False

    def see(self, values: Iterable[object]) -> None:
        """Look at more values."""
        kinds = {type(value) for value in values}
        if int in kinds and not self._has_inexact:
            self._has_inexact = any(isinstance(value, int) and abs(value) > _LARGEST_EXACT for value in values)
        self._kinds |= kinds

    @property
    def column_type(self) -> ColumnType:
        """Return the type that holds all values: text, if they are of several types, or if there are none."""
        kinds = self._kinds - {type(None)}
        if kinds == {int}:
            return "INTEGER"
        if kinds and kinds <= {int, float} and not (self._has_inexact and int in kinds):
            return "REAL"
        return "BLOB" if kinds == {bytes} else "TEXT"


def _unique(names: Iterable[str]) -> Iterator[str]:
    """Yield names of columns, repeated ones with `_2`, `_3` and so on."""
    taken: set[str] = set()
    for name in names:
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        yield unique


def columns_of(rows: Sequence[Row], types: Sequence[ColumnType]) -> list[list[object]]:
    """Return rows as columns whose values have these types; in a text column, bytes become base64 as in CSV."""
    return [
        [_typed(value, stored) for value in values]
        for values, stored in zip(zip(*rows, strict=True), types, strict=True)
    ]


def _typed(value: object, stored: ColumnType) -> object:
    if value is None:
        return None
    if stored == "TEXT":
        if isinstance(value, bytes):
            return b64encode(value).decode()
        return value if isinstance(value, str) else str(value)
    if stored == "BLOB":
        return value if isinstance(value, bytes) else str(value).encode()
    return value
