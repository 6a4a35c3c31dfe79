"""Bundles compared with each other row by row, and with their sources line by line."""

from __future__ import annotations

import sqlite3
import zlib
from itertools import zip_longest
from pathlib import Path
from typing import Any

import zstandard

from support.artifact_samples import rows, sqlite_connection

TableRows = dict[str, list[tuple[Any, ...]]]

_OF_ITS_BUILD = {"bundle_id", "created_at"}
"""Columns of bundle_meta that differ between two builds of one input."""


def table_rows(path: Path) -> TableRows:
    """Every row of every table with its rowid, except what differs between two builds of one input."""
    with sqlite_connection(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: _select(connection, table).fetchall() for table in tables}


def _select(connection: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    """The table's rows with their rowids."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    if table == "bundle_meta":
        columns = [name for name in columns if name not in _OF_ITS_BUILD]
    elif not connection.execute("SELECT wr FROM pragma_table_list(?)", (table,)).fetchone()[0]:
        columns.insert(0, "rowid")
    names = ", ".join(f'"{name}"' for name in columns)
    return connection.execute(f"SELECT {names} FROM {table}")


def tables_that_differ(one: Path, other: Path) -> list[str]:
    """Tables whose rows or rowids differ, for bundles too large to hold in memory."""
    with sqlite_connection(one) as first, sqlite_connection(other) as second:
        tables = first.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        assert tables == second.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return [
            table
            for (table,) in tables
            if any(a != b for a, b in zip_longest(_select(first, table), _select(second, table)))
        ]


def check_problem_places(output: Path, folder: Path) -> int:
    """Compare each problem with the bytes of its source at its line and at its offset; return how many there are."""
    found = rows(
        output,
        "SELECT path, compression, line, offset, raw FROM problems JOIN artifacts ON artifacts.id = artifact_id "
        "WHERE problems.kind = 'malformed' ORDER BY problems.id",
    )
    unpacked: dict[str, bytes] = {}
    for path, compression, line, offset, raw in found:
        if path not in unpacked:
            unpacked[path] = _unpacked((folder / path).read_bytes(), compression)
        data = unpacked[path]
        assert data.count(b"\n", 0, offset) == line - 1, (path, line, offset)
        assert data[offset - 1 : offset] in {b"", b"\n"}, (path, offset)
        assert data[offset : offset + len(raw) + 1] in {raw, raw + b"\n"}, (path, offset)
    return len(found)


def _unpacked(data: bytes, compression: str) -> bytes:
    """The file's bytes, as far as it goes."""
    if compression == "gzip":
        return zlib.decompressobj(wbits=31).decompress(data)
    return zstandard.decompress(data) if compression == "zstd" else data
