"""Read the cells of tables as bytes, in batches of neighbouring rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...database.quoting import quoted
from ..column_registry import RegisteredTable
from .scan_settings import BLOBS, TablePart

_BATCH_BYTES = 1 << 20
_BATCH_ROWS = 2000
_PARTS = 48
"""Parts of a large table: enough that processes end together, and that progress is seen."""
_LEAST_ROWS = 200


class CellRow(NamedTuple):
    """The key of a row, and its cells; None stands for what has no text."""

    key: tuple[int | str, ...]
    cells: tuple[bytes | None, ...]


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
) -> Iterator[list[CellRow]]:
    """Yield the rows of a part in batches; text and other values as their bytes."""
    keys = table.keys if table.is_rowless else ("rowid",)
    names = [*map(quoted, keys), *(f"CAST({quoted(column)} AS BLOB)" for column in columns)]
    where, order = ("WHERE rowid BETWEEN ? AND ?", "ORDER BY rowid") if part.first is not None else ("", "")
    sql = f"SELECT {', '.join(names)} FROM {quoted(table.name)} {where} {order}"
    rows = connection.execute(sql, (part.first, part.last) if where else ())
    batch: list[CellRow] = []
    size = 0
    for row in rows:
        cells = row[len(keys) :]
        batch.append(CellRow(row[: len(keys)], cells))
        size += sum(map(len, filter(None, cells)))
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def size_of(rows: Iterable[CellRow]) -> int:
    """Return how many bytes the cells have."""
    return sum(sum(map(len, filter(None, row.cells))) for row in rows)
