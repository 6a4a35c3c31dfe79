"""Insert the rows of many batches with few statements.

The rows of a run are many small batches, and a statement costs as much as dozens of rows: it is prepared, and started for
each batch. So the rows of neighbouring batches wait until they are inserted together, one statement for each table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import apsw

from ...batch import Batch
from ...rows import RELATIVE_FIELDS, TABLE_OF, UTF8_COLUMNS, LogRow, SessionRow, SnapshotRow, SqlValue, Values
from ...run_rows import EntryRow
from ..schema_files import read_sql
from ..shared_text import FILES, has_shared_text
from ..table_setup import EVENTS
from .known_events import KnownEvents
from .shared_texts import insert_sharing

_ONCE = {"blobs", "blob_chunks", "slice_keys", "times"}
"""Tables whose key comes from the source: a row with a known key is a repetition and is not written."""

_COLUMNS = {table: row_type._fields for row_type, table in TABLE_OF.items()}

_RELATIVE = {
    table: tuple((index, RELATIVE_FIELDS[name]) for index, name in enumerate(columns) if name in RELATIVE_FIELDS)
    for table, columns in _COLUMNS.items()
}
"""The indexes of the relative columns of each table, with the names of their bases."""

_COUNTED = {"snapshot": TABLE_OF[SnapshotRow], "log": TABLE_OF[LogRow], "entry": TABLE_OF[EntryRow]}
"""The table whose rows are counted for a base."""

_FEW = 200
"""Fewer rows than this get their bases here; for more, a statement with the bases in its text is worth preparing."""

Shifts = tuple[tuple[int, int], ...]
"""The indexes of columns, each with the base that is added to it."""


class RowWriter:
    """Inserts the rows of batches in their order; those of small batches wait until `flush`. It leaves out `known` events."""

    def __init__(self, connection: apsw.Connection, known: KnownEvents) -> None:
        self._connection = connection
        self._known = known
        self._waiting: dict[str, list[Sequence[SqlValue]]] = {}
        self._counts: dict[str, int] = {}

    def add(self, batch: Batch, lines_before: int) -> None:
        """Insert the rows of a batch, whose artifact has `lines_before` lines before it, or let them wait.

        Raises:
            apsw.Error: rows could not be written.
        """
        bases = {base: self._count(table) for base, table in _COUNTED.items()}
        bases["line"] = lines_before
        for table, rows in batch.rows.items():
            if rows:
                self._add(table, rows, tuple((index, bases[base]) for index, base in _RELATIVE[table] if bases[base]))
        for table in _COUNTED.values():
            self._counts[table] += len(batch.rows.get(table, ()))

    def flush(self) -> None:
        """Insert the rows that wait.

        Raises:
            apsw.Error: rows could not be written.
        """
        for table in list(self._waiting):
            self._flush(table)

    def _add(self, table: str, rows: Sequence[Values], shifts: Shifts) -> None:
        if table in EVENTS:
            rows = self._known.new_rows(table, rows)
        if shifts and len(rows) >= _FEW:
            self._flush(table)
            self._connection.executemany(insert_sql(table, shifts), rows)
            return
        waiting = self._waiting.setdefault(table, [])
        waiting += (_shifted(row, shifts) for row in rows) if shifts else rows

    def _flush(self, table: str) -> None:
        rows = self._waiting.pop(table, None)
        if rows and table == FILES and has_shared_text(self._connection):
            insert_sharing(self._connection, rows)
        elif rows:
            self._connection.executemany(insert_sql(table), rows)

    def _count(self, table: str) -> int:
        """Return the number of rows in `table`, with those that wait; relative ids of the next batch follow it."""
        if table not in self._counts:
            self._counts[table] = self._connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").get
        return self._counts[table]


def _shifted(row: Values, shifts: Shifts) -> Sequence[SqlValue]:
    """Return the row with the bases added to its relative columns."""
    values = list(row)
    for index, base in shifts:
        if (value := values[index]) is not None:
            values[index] = value + base  # type: ignore[operator]
    return values


@lru_cache(maxsize=64)
def insert_sql(table: str, shifts: Shifts = ()) -> str:
    """Return the statement that inserts one row into `table`, adding its base to each relative column."""
    if table == TABLE_OF[SessionRow]:
        return read_sql("inserts", "merge_session.sql")
    bases = dict(shifts)
    text = UTF8_COLUMNS.get(table, frozenset())
    columns = _COLUMNS[table]
    values = (_placeholder(bases.get(index, 0), is_utf8=name in text) for index, name in enumerate(columns))
    verb = "INSERT OR IGNORE" if table in _ONCE else "INSERT"
    return f"{verb} INTO {table}({','.join(columns)}) VALUES({','.join(values)})"  # short: apsw hashes it for every row


def _placeholder(base: int, *, is_utf8: bool) -> str:
    """Return SQL for the value of one column."""
    if is_utf8:
        return "CAST(? AS TEXT)"
    return f"?+{base}" if base else "?"
