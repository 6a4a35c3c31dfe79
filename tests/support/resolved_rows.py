"""Compare bundles without their ids: each id is replaced by what the row that it names is about."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from wink_debug_bundle.database.shared_text import ENTRIES
from wink_debug_bundle.merging.id_columns import ID_COLUMNS

Rows = dict[str, Counter[tuple[Any, ...]]]
"""How often each row occurs in each table."""

_NAMES = {
    "artifacts": "SELECT id, path FROM artifacts",
    "logs": "SELECT logs.id, path || ':' || line FROM logs JOIN artifacts ON artifacts.id = artifact_id",
    "snapshots": "SELECT snapshots.id, path || ':' || line FROM snapshots JOIN artifacts ON artifacts.id = artifact_id",
    "entries": """
        SELECT entries.id, path || ':' || line || ':' || block
        FROM entries JOIN logs ON logs.id = log_id JOIN artifacts ON artifacts.id = artifact_id
    """,
    "calls": "SELECT id, printf('%s %s %s %s %s', tool_name, call_id, event_id, source, session_id) FROM calls",
}
"""Queries for the ids of each table that other columns refer to, with a name that does not depend on the id."""

_LEFT_OUT = {"bundle_meta": {"bundle_id", "created_at", "source_directory"}, "artifacts": {"modified_at"}}
"""Columns that differ from build to build, or from copy to copy of a file."""


def resolved_rows(path: Path) -> Rows:
    """Return the rows of every table but the digests, without ids of their own, and with names for other ids."""
    with closing(sqlite3.connect(path)) as connection:
        names = {table: dict(connection.execute(sql).fetchall()) for table, sql in _NAMES.items()}
        objects = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'digests'")
        tables = [name for (name,) in objects if not name.startswith(("sqlite_", "search_"))]
        return {table: _rows(connection, table, names) for table in tables}


def differences(first: Rows, second: Rows) -> dict[str, tuple[Counter[tuple[Any, ...]], Counter[tuple[Any, ...]]]]:
    """Return, for each table that differs, the rows that only the first and that only the second has."""
    tables = first.keys() | second.keys()
    found = {table: (first[table] - second[table], second[table] - first[table]) for table in tables}
    return {table: rows for table, rows in found.items() if any(rows)}


def _rows(connection: sqlite3.Connection, table: str, names: dict[str, dict[int, str]]) -> Counter[tuple[Any, ...]]:
    ids = ID_COLUMNS.get("files" if table == ENTRIES else table, {})
    cursor = connection.execute(f"SELECT * FROM {table}")
    kept = [
        (place, names.get(ids.get(name, "")))
        for place, (name, *_) in enumerate(cursor.description)
        if (name != "id" or table in ("runs", "artifacts")) and name not in _LEFT_OUT.get(table, ())
    ]
    return Counter(
        tuple(row[place] if known is None or row[place] is None else known[row[place]] for place, known in kept)
        for row in cursor
    )
