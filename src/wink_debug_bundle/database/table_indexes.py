"""Create the indexes of filled tables, and say how much of that is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apsw

from .schema_files import index_statements, indexed_tables
from .shared_text import has_shared_text


def create_indexes(connection: apsw.Connection, begin: Callable[[int], None], advance: Callable[[int], None]) -> None:
    """Create all indexes: `begin` is told how many rows are indexed, and `advance` how many since its last call.

    The rows of a table with four indexes count four times.

    Raises:
        apsw.Error: an index could not be written.
    """
    tables = indexed_tables(shares_text=has_shared_text(connection))
    counts = _row_counts(connection, tables)
    indexes = [(table, statement) for table in tables for statement in index_statements(table)]
    begin(sum(counts[table] for table, _ in indexes))
    for table, statement in indexes:
        connection.execute(statement)
        advance(counts[table])


def _row_counts(connection: apsw.Connection, tables: Sequence[str]) -> dict[str, int]:
    """Return about how many rows each table has: its highest rowid, which is exact if no row was deleted."""
    sql = "SELECT coalesce(max(rowid), 0) FROM {}"
    return {table: connection.execute(sql.format(table)).get for table in tables}
