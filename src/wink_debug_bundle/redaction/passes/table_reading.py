"""Read the cells of tables as bytes, in batches of neighbouring rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress
from typing import Any, NamedTuple

from ...database.quoting import quoted
from ..column_registry import RegisteredTable
from .scan_settings import TablePart

_BATCH_BYTES = 1 << 20
_BATCH_ROWS = 2000
_MOST_NAMED = 500


Cells = Sequence[bytes | None]
"""The cells of a column; None stands for what has no text."""


class RowBatch(NamedTuple):
    """Neighbouring rows: the key of each, and their cells by column."""

    keys: Sequence[tuple[int | str, ...]]
    columns: Mapping[str, Cells]
    size: int
    """Bytes of all cells."""

    def cells(self, names: Iterable[str]) -> Iterator[bytes]:
        """Return the cells of some columns that have any bytes."""
        return filter(None, chain.from_iterable(self.columns[name] for name in names))

    def some(self, chosen: Sequence[bool]) -> RowBatch:
        """Return some of the rows."""
        if all(chosen):
            return self
        columns = {name: list(compress(cells, chosen)) for name, cells in self.columns.items()}
        return RowBatch(list(compress(self.keys, chosen)), columns, self.size)


def read_cells(
    connection: sqlite3.Connection,
    table: RegisteredTable,
    columns: Sequence[str],
    part: TablePart,
    rows: Sequence[int] | None = None,
) -> Iterator[RowBatch]:
    """Yield the rows of a part, or some of them, in batches; text and other values as their bytes."""
    keys = table.keys if table.is_rowless else ("rowid",)
    names = [*map(quoted, keys), *(f"CAST({quoted(column)} AS BLOB)" for column in columns)]
    sql = f"SELECT {', '.join(names)} FROM {quoted(table.name)}"
    batch: list[tuple[Any, ...]] = []
    size, first = 0, len(keys)
    for where, values in _conditions(part, rows):
        for row in connection.execute(sql + where, values):
            batch.append(row)
            size += sum(map(len, filter(None, row[first:])))
            if size >= _BATCH_BYTES or len(batch) >= _BATCH_ROWS:
                yield _by_column(batch, columns, size)
                batch, size = [], 0
    if batch:
        yield _by_column(batch, columns, size)


def _conditions(part: TablePart, rows: Sequence[int] | None) -> Iterator[tuple[str, Sequence[int | None]]]:
    """Yield what chooses the rows, and the values for it."""
    if rows is not None:
        for first in range(0, len(rows), _MOST_NAMED):
            named = rows[first : first + _MOST_NAMED]
            yield f" WHERE rowid IN ({', '.join('?' * len(named))}) ORDER BY rowid", named
    elif part.first is None:
        yield "", ()
    else:
        yield " WHERE rowid BETWEEN ? AND ? ORDER BY rowid", (part.first, part.last)


def _by_column(rows: Sequence[tuple[Any, ...]], columns: Sequence[str], size: int) -> RowBatch:
    values = list(zip(*rows, strict=True))
    first = len(values) - len(columns)
    return RowBatch(list(zip(*values[:first], strict=True)), dict(zip(columns, values[first:], strict=True)), size)
