"""Divide the tables of a bundle into parts of about a megabyte, which processes scan one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import apsw

from ...database.quoting import quoted
from ..column_registry import SEARCHED, RegisteredTable
from .scan_settings import BLOBS, TablePart

_PART_BYTES = 1 << 20
_MOST_BYTES = 4 << 20
_FIRST_ROWS = 256
_MOST_ROWS = 20_000
_LAST_ROWID = (1 << 63) - 1
_ROW_BYTES = 64
"""What a row counts for, beside its text."""


def parts_of(connection: apsw.Connection, tables: Iterable[RegisteredTable]) -> Iterator[TablePart]:
    """Divide the tables into parts, and yield each as soon as it is known."""
    for table in tables:
        yield from _parts(connection, table)


def _parts(connection: apsw.Connection, table: RegisteredTable) -> Iterator[TablePart]:
    if table.name == BLOBS:
        yield from _ranges(connection, BLOBS, "blobs", "size_bytes")
    elif table.is_rowless:
        yield TablePart(table.name, None, None)
    else:
        # The length of a long value is known without reading it.
        sizes = [f"ifnull(octet_length({quoted(column)}), 0)" for column in table.columns(*SEARCHED)]
        yield from _ranges(connection, table.name, table.name, " + ".join(sizes) or "0")


def _ranges(connection: apsw.Connection, name: str, table: str, size: str) -> Iterator[TablePart]:
    """Yield ranges of rowids, as many in each as have about the same number of bytes in the range before it."""
    following = f"SELECT min(rowid) FROM {quoted(table)} WHERE rowid >= ?"
    measure = f"SELECT count(*), total({size}) FROM {quoted(table)} NOT INDEXED WHERE rowid BETWEEN ? AND ?"
    first = next(connection.execute(f"SELECT min(rowid) FROM {quoted(table)}"))[0]
    rows = _FIRST_ROWS
    while first is not None:
        last = min(first + rows - 1, _LAST_ROWID)
        count, text_bytes = next(connection.execute(measure, (first, last)))
        total = text_bytes + count * _ROW_BYTES
        rows = max(1, min(_MOST_ROWS, int(_PART_BYTES * (last - first + 1) / total)))
        if total > _MOST_BYTES and last > first:
            continue
        yield TablePart(name, first, last)
        first = next(connection.execute(following, (last + 1,)))[0] if last < _LAST_ROWID else None
