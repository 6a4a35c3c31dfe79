"""Write the rows of a table of a bundle as a Parquet file, which is the same for the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from ...database.quoting import quoted
from ...processes.bounded_thread import BoundedThread
from ..commits import TableFile
from ..extras import require
from ..parquet_tables import StoredColumn, StoredTable
from ..row_groups import ROWS_AT_ONCE, as_array, column_field, rows_like, write_groups
from ..storage import sha256_of


class TableWriting(NamedTuple):
    """A table whose rows are read, and whose file a thread writes: its largest id, the file, and the number of rows."""

    last_id: int
    path: Path
    rows: Future[int]

    def finish(self) -> TableFile:
        """Wait until the file is complete, and return what it is.

        Raises:
            OSError: it could not be written.
        """
        rows = self.rows.result()
        return TableFile(rows, self.last_id, self.path.stat().st_size, sha256_of(self.path))


def write_table_file(
    connection: apsw.Connection, table: StoredTable, shard_id: str, path: Path, encoding: BoundedThread
) -> TableWriting | None:
    """Write all rows of a table to the file `path`; return None, and write nothing, if there are none.

    `encoding` writes rows while the next ones are read, and may still do so when this returns.

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
    count = write_groups(path, schema, chain([first], batches), encoding)
    last_id = connection.execute(f"SELECT max(id) FROM {quoted(table.name)}").get if table.has_id else 0
    return TableWriting(last_id if isinstance(last_id, int) else 0, path, count)


def arrow_schema(table: StoredTable) -> Any:
    """Return the schema of a table's file: the bundle's columns with their comments, then `shard`."""
    pa = require("pyarrow")
    fields = [column_field(each.name, each.type, each.description) for each in table.columns]
    shard = pa.field("shard", pa.string(), metadata={"comment": "Shard that holds the row; ids count its rows alone."})
    return pa.schema([*fields, shard], metadata={"comment": table.description})


def _batches(rows: Iterator[Sequence[Any]], table: StoredTable, shard_id: str, schema: Any) -> Iterator[Any]:
    """Yield the rows as batches of Arrow."""
    pa = require("pyarrow")
    shard = pa.scalar(shard_id, pa.string())
    count = ROWS_AT_ONCE
    while chunk := list(islice(rows, count)):
        columns = list(zip(*chunk, strict=True))
        arrays = [
            as_array(values, column.type, field.type)
            for values, column, field in zip(columns, table.columns, schema, strict=False)
        ]
        shards = pa.repeat(shard, len(chunk))
        batch = pa.RecordBatch.from_arrays([*arrays, shards], schema=schema)
        count = rows_like(batch)
        yield batch


def _selected(column: StoredColumn) -> str:
    """Return the SQL of a column; a text comes as its bytes, so that it need not be decoded and encoded again."""
    return f"CAST({quoted(column.name)} AS BLOB)" if column.type == "TEXT" else quoted(column.name)
