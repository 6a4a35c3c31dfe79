"""Write the rows of a table of a bundle as a Parquet file, which is the same for the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import apsw

from ...database.quoting import quoted
from ..commits import TableFile
from ..extras import require
from ..parquet_tables import ColumnType, StoredColumn, StoredTable
from ..storage import sha256_of

_ROWS_AT_ONCE = 256
"""Rows that are converted together; a text of a file has up to 1 MiB."""

_GROUP_BYTES = 32 << 20
_GROUP_ROWS = 1 << 17
"""Size at which a row group ends: what a writer holds in memory, and a reader reads at least."""

_LEVEL = 3
"""Level of zstd."""

_PYTHON_TYPES: dict[ColumnType, type] = {"INTEGER": int, "REAL": float, "BLOB": bytes}


def write_table_file(connection: apsw.Connection, table: StoredTable, shard_id: str, path: Path) -> TableFile | None:
    """Write all rows of a table to the file `path`; return None, and write nothing, if there are none.

    Raises:
        apsw.Error: the rows could not be read.
        OSError: the file could not be written.
        ValueError: a value is not of its column's type.
    """
    names = ", ".join(map(_selected, table.columns))
    rows = connection.execute(f"SELECT {names} FROM {quoted(table.name)} ORDER BY {table.order}")
    schema = arrow_schema(table)
    batches = _batches(rows, table, shard_id, schema)
    first = next(batches, None)
    if first is None:
        return None
    count = _write_groups(path, schema, chain([first], batches))
    has_id = any(column.name == "id" for column in table.columns)
    last_id = connection.execute(f"SELECT max(id) FROM {quoted(table.name)}").get if has_id else 0
    return TableFile(count, last_id if isinstance(last_id, int) else 0, path.stat().st_size, sha256_of(path))


def arrow_schema(table: StoredTable) -> Any:
    """Return the schema of a table's file: the bundle's columns with their comments, then `shard`."""
    pa = require("pyarrow")
    types = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string(), "BLOB": pa.binary()}
    fields = [pa.field(each.name, types[each.type], metadata={"comment": each.description}) for each in table.columns]
    shard = pa.field("shard", pa.string(), metadata={"comment": "Shard that holds the row; ids count its rows alone."})
    return pa.schema([*fields, shard], metadata={"comment": table.description})


def _write_groups(path: Path, schema: Any, batches: Iterable[Any]) -> int:
    """Write the batches, in groups of rows; return the number of rows."""
    pa, parquet = require("pyarrow"), require("pyarrow.parquet")
    count, group, size, rows = 0, [], 0, 0
    with parquet.ParquetWriter(path, schema, compression="zstd", compression_level=_LEVEL) as writer:
        for batch in batches:
            group.append(batch)
            size += batch.nbytes
            rows += batch.num_rows
            if size >= _GROUP_BYTES or rows >= _GROUP_ROWS:
                writer.write_table(pa.Table.from_batches(group, schema), row_group_size=rows)
                count, group, size, rows = count + rows, [], 0, 0
        if group:
            writer.write_table(pa.Table.from_batches(group, schema), row_group_size=rows)
    return count + rows


def _batches(rows: Iterator[Sequence[Any]], table: StoredTable, shard_id: str, schema: Any) -> Iterator[Any]:
    """Yield the rows as batches of Arrow."""
    pa = require("pyarrow")
    while chunk := list(islice(rows, _ROWS_AT_ONCE)):
        columns = list(zip(*chunk, strict=True))
        arrays = [
            _array(pa, values, column.type, field.type)
            for values, column, field in zip(columns, table.columns, schema, strict=False)
        ]
        shards = pa.array([shard_id] * len(chunk), pa.string())
        yield pa.RecordBatch.from_arrays([*arrays, shards], schema=schema)


def _selected(column: StoredColumn) -> str:
    """Return the SQL of a column; a text comes as its bytes, so that it need not be decoded and encoded again."""
    return f"CAST({quoted(column.name)} AS BLOB)" if column.type == "TEXT" else quoted(column.name)


def _array(pa: Any, values: Sequence[Any], stored: ColumnType, arrow: Any) -> Any:
    """Return the values of a column as an array; a column that a view computes from JSON may have other numbers."""
    if stored == "TEXT":
        return _text_array(pa, values, arrow)
    try:
        return pa.array(values, arrow)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        convert = _PYTHON_TYPES[stored]
        return pa.array([None if value is None else convert(value) for value in values], arrow)


def _text_array(pa: Any, values: Sequence[bytes | None], arrow: Any) -> Any:
    """Return texts as an array; SQLite makes one that is not UTF-8 of JSON with half of a pair of surrogates."""
    texts = pa.array(values, pa.binary()).view(arrow)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return pa.array([None if value is None else value.decode(errors="replace") for value in values], arrow)
    return texts
