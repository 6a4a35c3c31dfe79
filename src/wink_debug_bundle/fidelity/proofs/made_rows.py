"""Compare rows that were made again from the kept text of a line with the stored ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ...batch import Batch
from ...rows import TABLE_OF
from ..artifact_rows import StoredArtifact, first_id

POSITIONS = {"artifact_id", "line", "snapshot_id", "item_index"}
"""Columns in which a batch holds numbers that are relative to it."""

Values = Sequence[Any]


def made_rows(batch: Batch, row_type: type[Any]) -> Sequence[Values]:
    """Return the rows of one table that were made again."""
    return batch.rows.get(TABLE_OF[row_type], [])


def stored_row(
    connection: sqlite3.Connection, row_type: type[Any], artifact: StoredArtifact, line: int
) -> tuple[Any, ...] | None:
    """Return the id and the columns of the row that a line of the artifact has."""
    table = TABLE_OF[row_type]
    sql = f"SELECT id, {', '.join(row_type._fields)} FROM {table} WHERE id = ? AND artifact_id = ? AND line = ?"
    place = first_id(connection, table, artifact.id, "line", line)
    row: tuple[Any, ...] | None = connection.execute(sql, (place, artifact.id, line)).fetchone()
    return row


def column_faults(
    what: str, row_type: type[Any], made: Values, stored: Values, skipped: Collection[str]
) -> Iterator[str]:
    """Yield the columns whose stored value is not the one that was made again."""
    for name, expected, found in zip(row_type._fields, made, stored, strict=True):
        if name not in skipped and _stored(expected) != found:
            table = TABLE_OF[row_type]
            yield f"the column {name} of its {what} (table {table}) is not what its kept text says"


def _stored(value: Any) -> Any:
    """Return a value as SQLite gives it back."""
    if isinstance(value, str):
        return str(value)
    return value if value is None or isinstance(value, int | float) else bytes(value).decode()
