"""The floor: copy a finished bundle's tables into a new file without journal and sync, then create its indexes.

Nothing is parsed or checked, so this is the time that SQLite itself needs for the same tables and indexes. It uses the
SQLite of apsw, which writes bundles, too, and the page size of the bundle.

Rows that get other ids cannot be copied as they are stored: SQLite has to take each apart. This is the floor of a merge.

A bundle made from zips has another floor: nobody can read a zip without unpacking it. So another variant also unpacks
every byte of every zip once, in the same process, with Python's own zipfile.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import apsw

CHUNK = 1 << 20
"""Bytes of a member that are unpacked at a time."""

SCHEMA = "SELECT name, sql FROM source.sqlite_schema WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"


IDS = "SELECT name, type = 'INTEGER' AND (name = 'id' OR name LIKE '%!_id' ESCAPE '!') FROM pragma_table_info(?)"


def main(source: Path, output: Path) -> None:
    """Copy the bundle `source` to `output`."""
    _copy(source, output, lambda _connection, _table: "*")


def with_other_ids(source: Path, output: Path) -> None:
    """Copy the bundle `source` to `output`, with a number added to each id; 0, as bundle_meta may have no other id."""
    _copy(source, output, _shifted_columns)


def _shifted_columns(connection: apsw.Connection, table: str) -> str:
    columns = connection.execute(IDS, (table,))
    return ", ".join(f'"{name}" + 0' if is_id else f'"{name}"' for name, is_id in columns)


def _copy(source: Path, output: Path, columns: Callable[[apsw.Connection, str], str]) -> None:
    connection = apsw.Connection(str(output))
    _attach(connection, source)
    tables = list(connection.execute(SCHEMA, ("table",)))
    for _, statement in tables:
        connection.execute(statement)
    with connection:
        for name, _ in tables:
            wanted = columns(connection, name)
            connection.execute(f'INSERT INTO main."{name}" SELECT {wanted} FROM source."{name}"')
    for _, statement in list(connection.execute(SCHEMA, ("index",))):
        connection.execute(statement)
    connection.close()


def with_unpacking(source: Path, output: Path, artifacts: Path) -> None:
    """Copy the bundle `source` to `output`, and unpack the zips below `artifacts`."""
    main(source, output)
    for path in sorted(artifacts.rglob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                _unpack(archive, member)


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as file:
        while file.read(CHUNK):
            pass


def _attach(connection: apsw.Connection, source: Path) -> None:
    reader = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
    page_size = reader.pragma("page_size")
    reader.close()
    connection.execute(f"PRAGMA page_size={page_size}")
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("ATTACH ? AS source", (str(source),))
