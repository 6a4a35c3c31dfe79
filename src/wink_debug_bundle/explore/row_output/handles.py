"""Give cut values handles, short names by which the whole value can be read, and read values by their handles.

| handle | names |
| --- | --- |
| `logs.4711.context-9f2c41` | the column `context` of the row with rowid 4711 of the table `logs` |
| `r3c2-9f2c41` | the second column of the third row of a query, which is run again |

The digits at the end, the check, are the beginning of a hash of the value, so that a handle used with another bundle
or another query is refused instead of naming another value. The first form is given where the row contains the key of
a table row that holds the same value; it may also be written by hand, without the check.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from ...database.schema_files import SHARED_TABLES
from ...errors import BundleError
from ..suggestions import did_you_mean, relation_names
from .cursor import OddText, Row, read_rows

_STORED = re.compile(r"(?P<table>\w+)\.(?P<rowid>-?\d{1,18})\.(?P<column>\w+)(?:-(?P<check>[0-9a-f]{6}))?", re.ASCII)
_POSITION = re.compile(r"r(?P<row>[1-9]\d{0,17})c(?P<column>[1-9]\d{0,4})-(?P<check>[0-9a-f]{6})", re.ASCII)
_ROW = re.compile(r"(?P<table>\w+)\.-?\d{1,18}", re.ASCII)
_NAME = re.compile(r"\w+", re.ASCII)

_NUMBERED = {"files": ("id",)}
"""Views in the place of a table, with the column that has the rowids of the table."""


@dataclass(frozen=True, slots=True)
class _Key:
    """A table's key that is among a result's columns, by which a result row is traced to the table's row."""

    table: str
    column: str
    number: str
    """The column that a handle has: rowid, or one with the same values."""
    position: int
    """Column of the result that holds the key, from 0."""


class Handles:
    """Makes handles for the values in one query's rows."""

    def __init__(self, connection: sqlite3.Connection, names: Sequence[str]) -> None:
        self._connection = connection
        self._names = names
        self._keys = _keys(connection, names)
        self._columns = {key.table: set(_columns(connection, key.table)) for key in self._keys}

    def handle(self, row: Row, number: int, position: int) -> str:
        """Return the handle of a text or BLOB: the value at `position`, from 0, of the row with this number, from 1."""
        value = row[position]
        name = self._names[position]
        for key in self._keys:
            if name in self._columns[key.table] and (rowid := self._rowid(key, name, row[key.position], value)):
                return f"{key.table}.{rowid[0]}.{name}-{_check_of(value)}"
        return place_handle(row, number, position)

    def _rowid(self, key: _Key, name: str, identity: object, value: object) -> tuple[int] | None:
        """Return the rowid of the row with that key, if its column `name` holds the value."""
        sql = f'SELECT {key.number} FROM "{key.table}" WHERE "{key.column}" = ? AND "{name}" = ? COLLATE BINARY'
        rowid: tuple[int] | None = self._connection.execute(sql, (identity, value)).fetchone()
        return rowid


def needs_query(handle: str) -> bool:
    """Return whether the handle names a value by its place in a query's result, so that the query is needed, too."""
    return _POSITION.fullmatch(handle) is not None


def place_handle(row: Row, number: int, position: int) -> str:
    """Return the handle of a text or BLOB by its place in a result: `position` from 0, the row's number from 1."""
    return f"r{number}c{position + 1}-{_check_of(row[position])}"


def read_cell(connection: sqlite3.Connection, handle: str, cursor: sqlite3.Cursor | None = None) -> object:
    """Return the whole value that a handle names, as SQLite holds it; text that is not UTF-8 as bytes.

    Args:
        connection: An open bundle.
        handle: A handle that `Handles` made.
        cursor: The query that the handle came from, executed again; needed for handles like `r3c2-9f2c41`.

    Raises:
        BundleError: it is not a handle, or the value it names is missing or a different one.
        BundleQueryError: the query failed.
    """
    rows = None if cursor is None else read_rows(cursor)
    try:
        return value_of(handle, partial(_stored_value, connection), rows, partial(_columns_of, connection))
    finally:
        if rows is not None:
            rows.close()


def value_of(
    handle: str,
    stored_value: Callable[[str, int, str], object],
    rows: Iterator[Row] | None,
    columns_of: Callable[[str], Sequence[str]],
) -> object:
    """Return the value that a handle names, wherever it is read from.

    Args:
        handle: The handle.
        stored_value: Returns the value in a table, a row and a column.
        rows: The rows of the query that the handle came from; None without a query.
        columns_of: Returns the columns of a table; none if there is no such table.

    Raises:
        BundleError: it is not a handle, or the value it names is missing or a different one.
        BundleQueryError: the query failed.
    """
    stored, position = _STORED.fullmatch(handle), _POSITION.fullmatch(handle)
    if stored:
        value = stored_value(stored["table"], int(stored["rowid"]), stored["column"])
        check, hint = stored["check"], "run the query again to get the handle of the present value"
    elif position:
        value = _value_at(handle, rows, int(position["row"]), int(position["column"]))
        check, hint = position["check"], "give exactly the query that the handle came from, and the same bundle"
    else:
        raise BundleError(_wrong_handle_message(columns_of, handle))
    if check is not None and _check_of(value) != check:
        raise BundleError(f"{handle}: the value there is a different one; {hint}")
    return value


def _columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    return _columns(connection, table) if table in relation_names(connection) else []


def _wrong_handle_message(columns_of: Callable[[str], Sequence[str]], handle: str) -> str:
    """Return what is wrong with a text that is no handle: most often, only the column is missing."""
    row = _ROW.fullmatch(handle)
    if row is None or not (known := columns_of(row["table"])):
        return f"{handle!r} is not a handle; handles look like logs.4711.context-9f2c41 or r3c2-9f2c41"
    columns = ", ".join(known)
    return f"{handle} names a row; name one of its columns, too, as {handle}.COLUMN: {columns}"


def _stored_value(connection: sqlite3.Connection, table: str, rowid: int, column: str) -> object:
    """Return the value of a table's column in the row with that rowid."""
    names = relation_names(connection)
    if table not in names:
        raise BundleError(f"no table is called {table!r}{did_you_mean(table, names)}")
    columns = _columns(connection, table)
    if column not in columns:
        raise BundleError(f"{table} has no column {column!r}{did_you_mean(column, columns)}")
    number = _row_number(connection, table)
    if number is None:
        raise BundleError(f"{table} has no rowids; select the value with a query instead")
    rows = read_rows(connection.execute(f'SELECT "{column}" FROM "{table}" WHERE {number} = ?', (rowid,)))
    row = next(rows, None)
    rows.close()
    if row is None:
        raise BundleError(f"{table} has no row with rowid {rowid}")
    return row[0]


def _value_at(handle: str, rows: Iterator[Row] | None, number: int, position: int) -> object:
    """Return the value in row `number` and column `position` of the query, both from 1."""
    if rows is None:
        raise BundleError(f"{handle} names a row and column of a query's result: give that query, too")
    row = next(islice(rows, number - 1, None), None)
    if row is None or position > len(row):
        raise BundleError(
            f"{handle}: the query has no such row or column; give exactly the query that the handle came from"
        )
    return row[position - 1]


def _check_of(value: object) -> str:
    """Return the first hexadecimal digits of the value's SHA-256."""
    if isinstance(value, (bytes, OddText)):
        return hashlib.sha256(value).hexdigest()[:6]
    return hashlib.sha256(str(value).encode("utf-8", "surrogatepass")).hexdigest()[:6]


def _keys(connection: sqlite3.Connection, names: Sequence[str]) -> list[_Key]:
    """Return the tables whose one-column key, or rowid, is among the result's columns."""
    positions = {name: position for position, name in reversed(list(enumerate(names)))}
    tables = [name for name in relation_names(connection) if _NAME.fullmatch(name) and name not in SHARED_TABLES]
    return [
        _Key(table, column, number, positions[column])
        for table in tables
        for column in (*_key_columns(connection, table), "rowid", *_NUMBERED.get(table, ()))
        if column in positions and (number := _row_number(connection, table)) is not None
    ]


def _key_columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the table's primary key column, if its key is one column."""
    rows = connection.execute(f'PRAGMA table_xinfo("{table}")').fetchall()
    key = [name for _, name, _, _, _, position, _ in rows if position]
    return [name for name in key if len(key) == 1 and _NAME.fullmatch(name)]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the table's columns whose names can be part of a handle."""
    names = [name for _, name, *_ in connection.execute(f'PRAGMA table_xinfo("{table}")').fetchall()]
    return [name for name in names if _NAME.fullmatch(name)]


def _row_number(connection: sqlite3.Connection, table: str) -> str | None:
    """Return the column that numbers the rows; None for a view but that of files, and for a table WITHOUT ROWID."""
    kind = connection.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    number = "rowid" if kind == ("table",) else next(iter(_NUMBERED.get(table, ())), None)
    if number is None:
        return None
    try:
        connection.execute(f'SELECT {number} FROM "{table}" LIMIT 0')
    except sqlite3.Error:
        return None
    return number
