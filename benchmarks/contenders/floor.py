"""The floor: copy a finished bundle's tables into a new file without journal and sync, then create its indexes.

Nothing is parsed or checked, so this is the time that SQLite itself needs for the same tables and indexes. It uses the
SQLite of apsw, which writes bundles, too, and the page size of the bundle.

A bundle made from zips has another floor: nobody can read a zip without unpacking it. So the second variant also unpacks
every byte of every zip once, in the same process, with Python's own zipfile.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import apsw

CHUNK = 1 << 20
"""Bytes of a member that are unpacked at a time."""

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
