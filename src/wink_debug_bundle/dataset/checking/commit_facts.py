"""Compare what a commit says with the bundle and the Parquet files of its shard."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from ...database.quoting import quoted
from ..commits import Commit, table_file_name
from ..extras import require
from ..parquet_tables import StoredTable, stored_tables
from ..shard_outcomes.outcome_reading import shard_outcome_of
from ..shard_work.shard_files import read_sums
from ..storage import Storage, os_errors

_META = "SELECT schema_version, wink_version FROM bundle_meta"

_INCOMPLETE = """
SELECT count(*) FROM artifacts WHERE status = 'partial' OR (status = 'skipped' AND problem_count > 0)
"""
"""Artifacts that could not be read completely; a skipped one without problems is only listed."""


def other_facts(connection: sqlite3.Connection, commit: Commit) -> Iterator[str]:
    """Yield what a commit says that the bundle of its shard does not say.

    Raises:
        sqlite3.Error: the bundle cannot be read.
    """
    if shard_outcome_of(connection) != commit.outcome:
        yield "has another outcome than the bundle of the shard"
    ledger, results = read_sums(connection)
    if (ledger, results) != (commit.ledger, commit.results):
        yield "has other sums of the ledger or of results than the bundle of the shard"
    if connection.execute(_INCOMPLETE).fetchone() != (commit.incomplete_count,):
        yield "has another number of artifacts that were not read completely than the bundle of the shard"
    if connection.execute(_META).fetchone() != (commit.schema_version, commit.wink_version):
        yield "names another release than the bundle of the shard"
    for name, found in _rows(connection).items():
        told = commit.tables.get(name)
        if found != (None if told is None else (told.rows, told.last_id)):
            yield f"has other rows of {name} than the bundle of the shard"


@os_errors()
def has_rows(storage: Storage, commit: Commit, table: str) -> bool:
    """Return whether the Parquet file of a table has as many rows as a commit says.

    Raises:
        OSError: it cannot be read.
    """
    parquet = require("pyarrow.parquet")
    with storage.opened(table_file_name(table, commit.shard)) as stream:
        count: int = parquet.read_metadata(stream).num_rows
    return count == commit.tables[table].rows


def _rows(connection: sqlite3.Connection) -> Mapping[str, tuple[int, int] | None]:
    """Return the number of rows and the largest id of each table; None for one without rows."""
    found = {name: _counted(connection, table) for name, table in stored_tables().items()}
    return {name: each if each[0] else None for name, each in found.items()}


def _counted(connection: sqlite3.Connection, table: StoredTable) -> tuple[int, int]:
    sql = f"SELECT count(*), {'max(id)' if table.has_id else '0'} FROM {quoted(table.name)}"
    row: tuple[Any, Any] = connection.execute(sql).fetchone()
    return int(row[0]), row[1] if isinstance(row[1], int) else 0
