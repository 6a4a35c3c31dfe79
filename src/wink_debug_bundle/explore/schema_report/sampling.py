"""Look at some rows of a table or view, from all over it, without reading all of it.

Whatever a bundle holds and however large it is, a look takes a bounded number of rows, of characters and of seconds.
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

_PLACES = 10
_ROWS_AT_A_PLACE = 10
_CHARACTERS = 4 << 20
"""No more rows are read once they hold so many."""

_COUNTED_ROWS = 2_000_000
"""A table with more is not counted; its rowids tell about how many there are."""

_COUNTED_VIEW_ROWS = 10_000
_VIEW_SECONDS = 0.2
"""What one view may take; what it has not told by then is not told."""

_ALL_VIEWS_SECONDS = 0.6


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are."""

    rows: int | None
    """None if that would have taken too long."""
    exact: bool = True
    """Otherwise there are about so many in a table, and more in a view."""


@dataclass(slots=True)
class Sampler:
    """Looks at one bundle; all its views together may take a fixed time."""

    connection: sqlite3.Connection
    _seconds: float = field(default=_ALL_VIEWS_SECONDS)

    def table(self, name: str, columns: Sequence[str]) -> tuple[Count, list[Row]]:
        """The number of rows of a table, and some of them: a few from each of ten places."""
        try:
            ends = self._ends(name)
            return self._count(name, ends), list(_bounded(self._places(name, columns, ends)))
        except (sqlite3.Error, BundleQueryError):  # a virtual table whose module is not here, a damaged page
            return Count(None), []

    def view(self, name: str, columns: Sequence[str]) -> tuple[Count, list[Row]]:
        """The number of rows of a view, and the first of them, as far as they come in time."""
        limit = _PLACES * _ROWS_AT_A_PLACE
        rows = self._in_time(f"SELECT {_list(columns)} FROM {quoted(name)} LIMIT {limit}")
        if rows is None:
            return Count(None), []
        counted = self._in_time(f"SELECT count(*) FROM (SELECT 1 FROM {quoted(name)} LIMIT {_COUNTED_VIEW_ROWS + 1})")
        count = int(str(counted[0][0])) if counted else None
        exact = count is None or count <= _COUNTED_VIEW_ROWS
        return Count(count if exact else _COUNTED_VIEW_ROWS, exact), rows

    def distinct(self, table: str, column: str, index: str, limit: int) -> list[object] | None:
        """All values of a column that an index begins with, each found by one step in it; None if they are more."""
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

    def _ends(self, table: str) -> tuple[int, int] | None:
        """The first and the last rowid, if the table has rows with such."""
        try:
            ends = self.connection.execute(f"SELECT min(rowid), max(rowid) FROM {quoted(table)}").fetchone()
        except sqlite3.OperationalError:
            return None
        return ends if all(isinstance(end, int) for end in ends) else None

    def _count(self, table: str, ends: tuple[int, int] | None) -> Count:
        about = ends[1] - ends[0] + 1 if ends else 0
        if about > _COUNTED_ROWS:
            return Count(about, exact=False)
        (count,) = self.connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()
        return Count(count)

    def _places(self, table: str, columns: Sequence[str], ends: tuple[int, int] | None) -> Generator[Row]:
        select = f"SELECT {_list(columns)} FROM {quoted(table)}"
        if ends is None or ends[1] - ends[0] < _PLACES * _ROWS_AT_A_PLACE:
            yield from read_rows(self.connection.execute(f"{select} LIMIT {_PLACES * _ROWS_AT_A_PLACE}"))
            return
        step = (ends[1] - ends[0] + 1) // _PLACES
        for place in range(_PLACES):
            start = ends[0] + place * step
            sql = f"{select} WHERE rowid >= ? AND rowid < ? LIMIT {_ROWS_AT_A_PLACE}"
            yield from read_rows(self.connection.execute(sql, (start, start + step)))

    def _in_time(self, sql: str) -> list[Row] | None:
        """The rows of a query; None if it fails or takes too long."""
        if self._seconds <= 0:
            return None
        with self._interrupted(min(self._seconds, _VIEW_SECONDS)):
            try:
                return list(_bounded(read_rows(self.connection.execute(sql))))
            except (sqlite3.Error, BundleQueryError):
                return None

    @contextmanager
    def _interrupted(self, seconds: float) -> Iterator[None]:
        """End the statements of the block after some time, which is taken from what all views have."""
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
    return ", ".join(map(quoted, columns)) or "1"


def _bounded(rows: Generator[Row]) -> Iterator[Row]:
    """The rows until they hold too much."""
    characters = 0
    with closing(rows):
        for row in rows:
            yield row
            characters += length_of(row)
            if characters > _CHARACTERS:
                return
