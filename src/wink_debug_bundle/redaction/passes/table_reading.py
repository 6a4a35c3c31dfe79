"""Read the cells of tables as bytes, in batches of neighbouring rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress
from typing import Any, NamedTuple

from ...database.quoting import quoted
from ..column_registry import RegisteredTable
from .scan_settings import BLOBS, TablePart

_BATCH_BYTES = 1 << 20
_BATCH_ROWS = 2000
_PARTS = 48
"""Parts of a large table: enough that processes end together, and that progress is seen."""
_LEAST_ROWS = 200


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


def parts_of(connection: sqlite3.Connection, tables: Iterable[RegisteredTable]) -> list[TablePart]:
    """Divide the tables into parts, the blobs last."""
    parts: list[TablePart] = []
    for table in tables:
        name = "blobs" if table.name == BLOBS else table.name
        if table.is_rowless and table.name != BLOBS:
            parts.append(TablePart(table.name, None, None))
            continue
        first, last = connection.execute(f"SELECT min(rowid), max(rowid) FROM {quoted(name)}").fetchone()
        if first is None:
            continue
        step = max((last - first) // _PARTS + 1, _LEAST_ROWS if table.name != BLOBS else 4)
        parts += [TablePart(table.name, begin, min(begin + step - 1, last)) for begin in range(first, last + 1, step)]
    return parts


def read_cells(
    connection: sqlite3.Connection, table: RegisteredTable, columns: Sequence[str], part: TablePart
) -> Iterator[RowBatch]:
    """Yield the rows of a part in batches; text and other values as their bytes."""
    keys = table.keys if table.is_rowless else ("rowid",)
    names = [*map(quoted, keys), *(f"CAST({quoted(column)} AS BLOB)" for column in columns)]
    where, order = ("WHERE rowid BETWEEN ? AND ?", "ORDER BY rowid") if part.first is not None else ("", "")
    sql = f"SELECT {', '.join(names)} FROM {quoted(table.name)} {where} {order}"
    rows = connection.execute(sql, (part.first, part.last) if where else ())
    batch: list[tuple[Any, ...]] = []
    size, first = 0, len(keys)
    for row in rows:
        batch.append(row)
        size += sum(map(len, filter(None, row[first:])))
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_ROWS:
            yield _by_column(batch, columns, size)
            batch, size = [], 0
    if batch:
        yield _by_column(batch, columns, size)


def _by_column(rows: Sequence[tuple[Any, ...]], columns: Sequence[str], size: int) -> RowBatch:
    values = list(zip(*rows, strict=True))
    first = len(values) - len(columns)
    return RowBatch(list(zip(*values[:first], strict=True)), dict(zip(columns, values[first:], strict=True)), size)
