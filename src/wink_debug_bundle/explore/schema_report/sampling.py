"""Sample rows from all parts of a table or view, without reading all of it.

A sample takes a bounded number of rows, characters and seconds, whatever a bundle holds.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from ...database.quoting import quoted
from ...errors import BundleQueryError
from ..row_output.cursor import Row, length_of, read_rows

_SECTIONS = 10
_ROWS_PER_SECTION = 10
"""A table is sampled in so many ranges of rowids of equal size, with so many rows from each."""

_CHARACTERS = 4 << 20
"""Reading rows stops once they hold so many."""

_COUNTED_ROWS = 2_000_000
"""The row count of a table with more rows is estimated from its rowids."""

_COUNTED_VIEW_ROWS = 10_000
"""The rows of a view are counted up to this number."""

_VIEW_SECONDS = 0.2
"""Time for one query on a view; a slower query gives no rows."""

_ALL_VIEWS_SECONDS = 0.6
"""Time for the queries on all views together."""


@dataclass(frozen=True, slots=True)
class RowCount:
    """The number of rows of a table or view."""

    rows: int | None
    """None if counting would take too long."""
    exact: bool = True
    """If not, `rows` is an estimate for a table and a lower bound for a view."""


@dataclass(slots=True)
class Sampler:
    """Samples one bundle; the views together get a fixed time."""

    connection: sqlite3.Connection
    _seconds: float = field(default=_ALL_VIEWS_SECONDS)

    def table(self, name: str, columns: Sequence[str]) -> tuple[RowCount, list[Row]]:
        """Return the number of rows of a table, and a few rows from each of its sections."""
        try:
            bounds = self._rowid_bounds(name)
            return self._count(name, bounds), list(_bounded(self._sample(name, columns, bounds)))
        except (sqlite3.Error, BundleQueryError):  # a virtual table whose module is missing, a damaged page
            return RowCount(None), []

    def view(self, name: str, columns: Sequence[str]) -> tuple[RowCount, list[Row]]:
        """Return the number of rows of a view and its first rows, as far as they can be read in time."""
        limit = _SECTIONS * _ROWS_PER_SECTION
        rows = self._rows_in_time(f"SELECT {_list(columns)} FROM {quoted(name)} LIMIT {limit}")
        if rows is None:
            return RowCount(None), []
        counted = self._rows_in_time(
            f"SELECT count(*) FROM (SELECT 1 FROM {quoted(name)} LIMIT {_COUNTED_VIEW_ROWS + 1})"
        )
        count = int(str(counted[0][0])) if counted else None
        exact = count is None or count <= _COUNTED_VIEW_ROWS
        return RowCount(count if exact else _COUNTED_VIEW_ROWS, exact), rows

    def distinct(self, table: str, column: str, index: str, limit: int) -> list[object] | None:
        """Return all distinct values of an indexed column; None if there are more than `limit`.

        Each value is found by one search in the index, which must begin with the column.
        """
        smallest = f"SELECT min({quoted(column)}) FROM {quoted(table)} INDEXED BY {quoted(index)}"
        sql = (
            f"WITH RECURSIVE each(value) AS (SELECT ({smallest}) UNION ALL "
            f"SELECT ({smallest} WHERE {quoted(column)} > value) FROM each WHERE value IS NOT NULL) "
            f"SELECT value FROM each WHERE value IS NOT NULL LIMIT {limit + 1}"
        )
        try:
            values = [value for (value,) in _bounded(read_rows(self.connection.execute(sql)))]
        except (sqlite3.Error, BundleQueryError):  # the index has only some of the rows
            return None
        return values if len(values) <= limit else None

    def rows_with(self, table: str, columns: Sequence[str], column: str, values: Sequence[object]) -> list[Row]:
        """Return a row for each of the values of an indexed column."""
        sql = f"SELECT {_list(columns)} FROM {quoted(table)} WHERE {quoted(column)} = ? LIMIT 1"
        try:
            return [row for value in values for row in _bounded(read_rows(self.connection.execute(sql, (value,))))]
        except (sqlite3.Error, BundleQueryError):
            return []

    def _rowid_bounds(self, table: str) -> tuple[int, int] | None:
        """Return the first and the last rowid; None if the table has no rows or no rowids."""
        try:
            bounds = self.connection.execute(f"SELECT min(rowid), max(rowid) FROM {quoted(table)}").fetchone()
        except sqlite3.OperationalError:
            return None
        return bounds if all(isinstance(bound, int) for bound in bounds) else None

    def _count(self, table: str, bounds: tuple[int, int] | None) -> RowCount:
        """Count the rows of a table, or estimate them from the rowids if they are many."""
        estimate = bounds[1] - bounds[0] + 1 if bounds else 0
        if estimate > _COUNTED_ROWS:
            return RowCount(estimate, exact=False)
        (count,) = self.connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()
        return RowCount(count)

    def _sample(self, table: str, columns: Sequence[str], bounds: tuple[int, int] | None) -> Generator[Row]:
        """Yield rows from all sections of a table."""
        select = f"SELECT {_list(columns)} FROM {quoted(table)}"
        if bounds is None or bounds[1] - bounds[0] < _SECTIONS * _ROWS_PER_SECTION:
            yield from read_rows(self.connection.execute(f"{select} LIMIT {_SECTIONS * _ROWS_PER_SECTION}"))
            return
        step = (bounds[1] - bounds[0] + 1) // _SECTIONS
        for section in range(_SECTIONS):
            start = bounds[0] + section * step
            sql = f"{select} WHERE rowid >= ? AND rowid < ? LIMIT {_ROWS_PER_SECTION}"
            yield from read_rows(self.connection.execute(sql, (start, start + step)))

    def _rows_in_time(self, sql: str) -> list[Row] | None:
        """Return the rows of a query; None if it fails or takes too long."""
        if self._seconds <= 0:
            return None
        with self._time_limit(min(self._seconds, _VIEW_SECONDS)):
            try:
                return list(_bounded(read_rows(self.connection.execute(sql))))
            except (sqlite3.Error, BundleQueryError):
                return None

    @contextmanager
    def _time_limit(self, seconds: float) -> Iterator[None]:
        """Interrupt the block's statements after so many seconds, and subtract its time from that of all views."""
        started = time.monotonic()
        timer = threading.Timer(seconds, self.connection.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            self._seconds -= time.monotonic() - started


def _list(columns: Sequence[str]) -> str:
    """Return the columns as a list in SQL; `1` for no columns."""
    return ", ".join(map(quoted, columns)) or "1"


def _bounded(rows: Generator[Row]) -> Iterator[Row]:
    """Yield the rows until they hold too many characters."""
    characters = 0
    with closing(rows):
        for row in rows:
            yield row
            characters += length_of(row)
            if characters > _CHARACTERS:
                return
