"""Write some rows of a dataset into a new bundle, which lacks the others."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...database.connection import open_new_alone
from ...database.quoting import quoted
from ...database.schema_files import TABLES, VIEWS, index_statements, indexed_tables, table_sql, view_sql
from ..commits import Commit
from ..parquet_tables import StoredTable, stored_tables
from .partial_rows import SAMPLE_ITEMS

if TYPE_CHECKING:
    import apsw

_ROWS_AT_ONCE = 256
"""Rows that are in memory together; a text has up to 1 MiB."""

_META = "INSERT INTO bundle_meta (id, bundle_id, created_at, wink_version, schema_version) VALUES (1, ?, '', ?, ?)"
_SLICE_CLASSES = f"SELECT slice_type, NULL, count(*), 0, 0 FROM slice_items WHERE {SAMPLE_ITEMS} GROUP BY slice_type"


def write_partial_bundle(source: Any, commits: Sequence[Commit], selects: Mapping[str, str], path: Path) -> None:
    """Write a bundle that has the rows of some tables, and all views; of views among the tables, too, it has the rows.

    Args:
        source: A connection of DuckDB with the tables of the dataset.
        commits: The committed shards of the dataset.
        selects: For each table or stored view, the SELECT for all columns of its rows.
        path: The file, which does not exist.
    """
    path.touch(exist_ok=False)
    connection = open_new_alone(path, 0)
    try:
        with connection:
            connection.execute("".join(_schema(selects)))
            connection.execute(_META, (_identity(commits), commits[0].wink_version, commits[0].schema_version))
            _insert(connection, "slice_views", source, _SLICE_CLASSES)
            for table, select in selects.items():
                _insert(connection, table, source, select)
            for table in indexed_tables(shares_text=False):
                if table in selects:
                    connection.execute("".join(index_statements(table)))
    finally:
        connection.close()


def _schema(selects: Iterable[str]) -> Iterator[str]:
    """Yield the statements for all tables and views; a view whose rows are copied is a table."""
    yield from map(table_sql, TABLES)
    yield from (_table_of_view(stored_tables()[name]) for name in selects if name in VIEWS)
    yield from (view_sql(name) for name in VIEWS if name not in selects)


def _table_of_view(view: StoredTable) -> str:
    columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in view.columns)
    return f"CREATE TABLE {quoted(view.name)} ({columns});\n"


def _insert(connection: apsw.Connection, table: str, source: Any, select: str) -> None:
    """Copy rows; of an event or a session that several shards name, the first row stays."""
    result = source.execute(select)
    places = ", ".join("?" * len(result.description))
    insert = f"INSERT OR IGNORE INTO {quoted(table)} VALUES ({places})"
    while rows := result.fetchmany(_ROWS_AT_ONCE):
        connection.executemany(insert, rows)


def _identity(commits: Iterable[Commit]) -> str:
    """Return an id that only a dataset of the same shards has."""
    shards = "\n".join(sorted(commit.shard for commit in commits))
    return str(uuid.UUID(bytes=hashlib.sha256(shards.encode()).digest()[:16]))
