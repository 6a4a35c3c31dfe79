"""Keep rows in a temporary file while their types are found: a Parquet file names its types before its first row."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO

from ...dataset.parquet_tables import ColumnType
from ...dataset.row_groups import ROWS_AT_ONCE
from ...explore.row_output.cursor import Row
from .column_types import FileTable, SeenTypes


def chunks_of(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows some at a time."""
    source = iter(rows)
    while chunk := list(islice(source, ROWS_AT_ONCE)):
        yield chunk


def settled_types(table: FileTable, chunks: Iterable[Sequence[Row]], spool: IO[bytes]) -> list[ColumnType]:
    """Write all rows to a temporary file; return the type of each column, where the table leaves it open by the values."""
    seen = [SeenTypes() for _ in table.columns]
    for chunk in chunks:
        for column, values in zip(seen, zip(*chunk, strict=True), strict=True):
            column.see(values)
        marshal.dump([tuple(map(_plain, row)) for row in chunk], spool)
    return [column.type or types.column_type for column, types in zip(table.columns, seen, strict=True)]


def spooled(spool: IO[bytes]) -> Iterator[list[Row]]:
    """Yield the rows of the temporary file."""
    spool.seek(0)
    while True:
        try:
            yield marshal.load(spool)  # noqa: S302 - this process wrote the file, and no other can open it
        except EOFError:
            return


def _plain(value: object) -> object:
    """Return a value as one of Python's own types: text that is not UTF-8 is read as a type of its own."""
    return bytes(value) if isinstance(value, bytes) else value
