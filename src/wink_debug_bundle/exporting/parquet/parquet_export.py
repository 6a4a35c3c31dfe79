"""Write a table or the rows of a query as a Parquet file."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ...dataset.extras import require
from ...dataset.parquet_tables import ColumnType
from ...dataset.row_groups import as_array, column_field, encoding_thread, write_groups
from ...errors import DamagedBundleError
from ...explore.export_file import output_path
from ...explore.row_output.cursor import Row, column_names, read_rows
from .column_types import FileTable, columns_of, query_table, table_of
from .spooled_rows import chunks_of, settled_types, spooled


def write_parquet(cursor: sqlite3.Cursor, path: Path, *, table: str | None = None, replace: bool = True) -> int:
    """Write the cursor's rows to a Parquet file at `path` that only its owner can read; return the number of rows.

    Columns of tables and views have the types and comments that datasets give them. Of other rows, the values decide: a
    column of several types, or of none, is text. BLOBs in a text column become base64.

    Args:
        cursor: The cursor of an executed query.
        path: Where the file appears once it is complete.
        table: The table or view, if the cursor has all its columns.
        replace: Whether an existing file may be replaced.

    Raises:
        BundleExistsError: the file exists and `replace` is not set.
        BundleQueryError: the query failed while its rows were read.
        DamagedBundleError: a value is not of its column's type.
        BundleError: pyarrow is not installed, or the file cannot be written.
    """
    require("pyarrow")
    described = None if table is None else table_of(cursor.connection, table)
    layout = described or query_table(column_names(cursor))
    with (
        output_path(path, cursor.connection, replace=replace) as partial,
        closing(read_rows(cursor)) as rows,
        tempfile.TemporaryFile(dir=partial.parent) as spool,
        encoding_thread() as encoding,
    ):
        chunks: Iterator[Sequence[Row]] = chunks_of(rows)
        types = [column.type for column in layout.columns]
        if None in types:
            types = [*settled_types(layout, chunks, spool)]
            chunks = spooled(spool)
        known = [each or "TEXT" for each in types]
        schema = _schema(layout, known)
        return write_groups(partial, schema, _batches(chunks, layout, known, schema), encoding).result()


def _schema(layout: FileTable, types: Sequence[ColumnType]) -> Any:
    pa = require("pyarrow")
    fields = [
        column_field(column.name, stored, column.description)
        for column, stored in zip(layout.columns, types, strict=True)
    ]
    return pa.schema(fields, metadata={"comment": layout.description} if layout.description else None)


def _batches(
    chunks: Iterable[Sequence[Row]], layout: FileTable, types: Sequence[ColumnType], schema: Any
) -> Iterator[Any]:
    """Yield the rows as batches of Arrow.

    Raises:
        DamagedBundleError: a value is not of its column's type.
    """
    pa = require("pyarrow")
    for chunk in chunks:
        arrays = []
        for values, column, stored, field in zip(columns_of(chunk, types), layout.columns, types, schema, strict=True):
            try:
                arrays.append(as_array(values, stored, field.type))
            except (ValueError, TypeError, OverflowError) as error:
                raise DamagedBundleError(
                    f"the column {column.name} has a value that is no {stored}: {error}"
                ) from error
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
