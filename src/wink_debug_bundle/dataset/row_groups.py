"""Write rows as the row groups of a Parquet file, with the types that SQLite's columns have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from ..processes.bounded_thread import BoundedThread
from .extras import require
from .parquet_tables import ColumnType

ROWS_AT_ONCE = 256
"""Rows that are converted together, as long as nothing is known about them; a text of a file has up to 1 MiB."""

_LEAST_ROWS, _MOST_ROWS = 64, 1024
_BATCH_BYTES = 1 << 20
"""Bytes of rows that are converted together: few calls, and all of them stay in the processor's cache."""

_GROUP_BYTES = 32 << 20
_GROUP_ROWS = 1 << 17
"""Size at which a row group ends: what a writer holds in memory, and a reader reads at least."""

_WAITING_BYTES = 2 * _GROUP_BYTES
"""Bytes of groups that wait to be encoded, or are being encoded, beside the one whose rows are read."""

_LEVEL = 3
"""Level of zstd."""

_PYTHON_TYPES: dict[ColumnType, type] = {"INTEGER": int, "REAL": float, "BLOB": bytes}


def column_field(name: str, stored: ColumnType, description: str | None) -> Any:
    """Return the field of a column, with its description as a comment if it has one."""
    pa = require("pyarrow")
    types = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string(), "BLOB": pa.binary()}
    return pa.field(name, types[stored], metadata=None if description is None else {"comment": description})


def encoding_thread() -> BoundedThread:
    """Return what encodes groups while the rows of the next ones are read, of this file or of another one."""
    return BoundedThread("encoding", _WAITING_BYTES)


def write_groups(path: Path, schema: Any, batches: Iterable[Any], encoding: BoundedThread) -> Future[int]:
    """Read the batches, and let a thread write them in groups of rows.

    Return their number, for which to wait: the file is complete then. Waiting raises an OSError if it could not be written.

    Raises:
        OSError: the file could not be written.
    """
    pa, parquet = require("pyarrow"), require("pyarrow.parquet")
    writer = parquet.ParquetWriter(path, schema, compression="zstd", compression_level=_LEVEL)
    file = _GroupWriter(writer)
    try:
        for group in _groups(batches):
            file.check()
            table = pa.Table.from_batches(group, schema)
            encoding.submit(table.nbytes, file.write, table)
    finally:  # the file is closed only when nothing is being written any more
        count = encoding.submit(0, file.close)
    return count


class _GroupWriter:
    """Writes groups of rows in the thread that encodes them, until one cannot be written."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._count = 0
        self._error: Exception | None = None

    def check(self) -> None:
        """Raise what kept a group from being written."""
        if self._error is not None:
            raise self._error

    def write(self, table: Any) -> None:
        """Write a group of rows."""
        if self._error is None:
            try:
                self._writer.write_table(table, row_group_size=table.num_rows)
                self._count += table.num_rows
            except Exception as error:  # noqa: BLE001 - the one who reads the rows is told
                self._error = error

    def close(self) -> int:
        """Complete the file, and return the number of its rows."""
        try:
            self._writer.close()
        finally:
            self.check()
        return self._count


def _groups(batches: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the batches of each group."""
    group, size, rows = [], 0, 0
    for batch in batches:
        group.append(batch)
        size += batch.nbytes
        rows += batch.num_rows
        if size >= _GROUP_BYTES or rows >= _GROUP_ROWS:
            yield group
            group, size, rows = [], 0, 0
    if group:
        yield group


def rows_like(batch: Any) -> int:
    """Return how many rows are converted together next, if they are like those of a batch."""
    wanted: int = batch.num_rows * _BATCH_BYTES // max(batch.nbytes, 1)
    return max(_LEAST_ROWS, min(_MOST_ROWS, wanted))


def as_array(values: Sequence[Any], stored: ColumnType, arrow: Any) -> Any:
    """Return the values of a column as an array; texts may come as UTF-8.

    A column that a view computes from JSON may have numbers for texts, and other numbers.
    """
    pa = require("pyarrow")
    if stored == "TEXT":
        return _text_array(pa, values, arrow)
    try:
        return pa.array(values, arrow)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        convert = _PYTHON_TYPES[stored]
        return pa.array([None if value is None else convert(value) for value in values], arrow)


def _text_array(pa: Any, values: Sequence[Any], arrow: Any) -> Any:
    """Return texts as an array; SQLite makes one that is not UTF-8 of JSON with half of a pair of surrogates."""
    try:
        texts = pa.array(values, pa.binary()).view(arrow)
        texts.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return pa.array([None if value is None else _text(value) for value in values], arrow)
    return texts


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
