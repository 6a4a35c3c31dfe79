"""Give a bundle of an earlier release the tables, columns, indexes and views that this release's schema has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import closing

import apsw

from ..rows import DigestRow
from .inserts.row_writer import insert_sql
from .quoting import quoted
from .schema_files import VIEWS, all_index_statements, create_schema, read_sql, table_sql, tables_of, view_sql, views_of
from .search_index import SEARCH_OBJECTS
from .shared_text import has_shared_text
from .table_digests import digested_tables, inexact_artifacts, schema_digests, table_digest

_INDEXES = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
_NAMES = "SELECT name FROM sqlite_schema"


def is_renewed(connection: apsw.Connection) -> bool:
    """Return whether the bundle has digests, every view and the newest table and column; those of earlier releases lack some."""
    columns = {column[1] for column in connection.execute("PRAGMA table_info(runs)")}
    return "evaluation" in columns and {"digests", "redactions", *VIEWS} <= _names(connection)


def renew_schema(connection: apsw.Connection) -> None:
    """Add what the schema lacks, and create its indexes and views again.

    Rows stay as they are, but for the results of runs, which views need.
    """
    shares_text = has_shared_text(connection)
    with closing(apsw.Connection(":memory:")) as empty:
        create_schema(empty, shares_text=shares_text)
        known = _names(connection)
        for name in tables_of(shares_text=shares_text):
            if name in known:
                _add_columns(connection, empty, name)
            else:
                connection.execute(table_sql(name))
        views = views_of(shares_text=shares_text)
        for view in views:
            connection.execute(f"DROP VIEW IF EXISTS {quoted(view)}")
        for (index,) in empty.execute(_INDEXES).fetchall():
            connection.execute(f"DROP INDEX IF EXISTS {quoted(str(index))}")
    for statement in all_index_statements(shares_text=shares_text):
        connection.execute(statement)
    connection.execute(read_sql("finalize", "09_run_results.sql"))
    for view in views:
        connection.execute(view_sql(view))


def write_digests(connection: apsw.Connection) -> None:
    """Hash the bundle as it is, and store the digests."""
    connection.execute("DELETE FROM digests")
    store_digests(connection, digests_of(connection))


def digests_of(connection: apsw.Connection, is_cancelled: Callable[[], bool] = lambda: False) -> list[DigestRow]:
    """Hash the bundle as it is; the hashes are of no use if that was cancelled."""
    inexact = inexact_artifacts(connection)
    tables = [table_digest(connection, table, inexact, is_cancelled) for table in digested_tables(connection)]
    return [*tables, *schema_digests(connection)]


def store_digests(connection: apsw.Connection, digests: Iterable[DigestRow]) -> None:
    """Store digests in a bundle that has none."""
    connection.executemany(insert_sql("digests"), digests)


def write_search_digests(connection: apsw.Connection) -> None:
    """Store the digests of the search index as it is, and leave those of everything else."""
    connection.execute(
        "DELETE FROM digests WHERE name IN (SELECT value FROM json_each(?))", (json.dumps([*SEARCH_OBJECTS]),)
    )
    tables = [table for table in digested_tables(connection) if table in SEARCH_OBJECTS]
    digests = [table_digest(connection, table, ()) for table in tables]
    statements = [digest for digest in schema_digests(connection) if digest.name in SEARCH_OBJECTS]
    connection.executemany(insert_sql("digests"), [*digests, *statements])


def _names(connection: apsw.Connection) -> set[str]:
    return {name for (name,) in connection.execute(_NAMES)}


def _add_columns(connection: apsw.Connection, empty: apsw.Connection, table: str) -> None:
    """Add the columns that the table lacks, and give it the SQL that the schema has for it.

    Columns are added at the end, so a table whose columns have another order than the schema's stays as it is.
    """
    describe = f"PRAGMA table_info({quoted(table)})"
    known = [column[1] for column in connection.execute(describe)]
    columns = list(empty.execute(describe))
    if known != [column[1] for column in columns[: len(known)]]:
        return
    missing = columns[len(known) :]
    for _, name, kind, is_required, default, _ in missing:
        needs = f" NOT NULL DEFAULT {default}" if is_required else ""
        connection.execute(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {kind}{needs}")
    if missing:
        connection.pragma("writable_schema", 1)
        sql = table_sql(table).rstrip().removesuffix(";")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (sql, table))
        connection.pragma("writable_schema", "reset")
