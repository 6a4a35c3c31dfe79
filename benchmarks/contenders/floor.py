"""The floor: copy a finished bundle's tables into a new file without journal and sync, then create its indexes.

Nothing is parsed or checked, so this is the time that SQLite itself needs for the same tables and indexes. It uses the
SQLite of apsw, which writes bundles, too, and the page size of the bundle.
"""

from __future__ import annotations

from pathlib import Path

import apsw

SCHEMA = "SELECT name, sql FROM source.sqlite_schema WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"


def main(source: Path, output: Path) -> None:
    """Copy the bundle `source` to `output`."""
    connection = apsw.Connection(str(output))
    _attach(connection, source)
    tables = list(connection.execute(SCHEMA, ("table",)))
    for _, statement in tables:
        connection.execute(statement)
    with connection:
        for name, _ in tables:
            connection.execute(f'INSERT INTO main."{name}" SELECT * FROM source."{name}"')
    for _, statement in list(connection.execute(SCHEMA, ("index",))):
        connection.execute(statement)
    connection.close()


def _attach(connection: apsw.Connection, source: Path) -> None:
    reader = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    page_size = reader.pragma("page_size")
    reader.close()
    connection.execute(f"PRAGMA page_size={page_size}")
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("ATTACH ? AS source", (str(source),))
