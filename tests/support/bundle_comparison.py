"""Bundles compared with each other row by row, and with their sources line by line."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import zstandard

from support.artifact_samples import rows, sqlite_connection

TableRows = dict[str, list[tuple[Any, ...]]]

_BUILD_COLUMNS = {"bundle_id", "created_at"}
"""Columns of bundle_meta that differ between two builds of one input."""


def table_rows(path: Path) -> TableRows:
    """Return all rows of each table with their rowids, without the values that differ between builds of one input."""
    with sqlite_connection(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: _select(connection, table).fetchall() for table in tables}


def _select(connection: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    """Select the table's rows with their rowids."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    if table == "bundle_meta":
        columns = [name for name in columns if name not in _BUILD_COLUMNS]
    elif not connection.execute("SELECT wr FROM pragma_table_list(?)", (table,)).fetchone()[0]:
        columns.insert(0, "rowid")
    names = ", ".join(f'"{name}"' for name in columns)
    where = " WHERE NOT (kind = 'rows' AND name = 'bundle_meta')" if table == "digests" else ""
    return connection.execute(f"SELECT {names} FROM {table}{where}")


def tables_that_differ(one: Path, other: Path, *, is_json_by_value: bool = False) -> list[str]:
    """Return the names of the tables whose rows or rowids differ; neither bundle is held in memory.

    With `is_json_by_value`, JSON in other spaces or escapes is the same.
    """
    shown = _by_value if is_json_by_value else tuple
    with sqlite_connection(one) as first, sqlite_connection(other) as second:
        tables = first.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        assert tables == second.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return [
            table
            for (table,) in tables
            if any(
                a != b for a, b in zip_longest(map(shown, _select(first, table)), map(shown, _select(second, table)))
            )
        ]


def _by_value(row: Iterable[Any]) -> tuple[Any, ...]:
    """Return a row with the value of each text that may be JSON."""
    return tuple(_value(cell) if isinstance(cell, str) and cell[:1] in ("{", "[", '"') else cell for cell in row)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def check_problem_places(output: Path, folder: Path) -> int:
    """Compare the bytes of each problem of malformed lines with its place in its file; return the number of lines."""
    found = rows(
        output,
        "SELECT path, compression, line, coalesce(last_line, line), offset, raw "
        "FROM problems JOIN artifacts ON artifacts.id = artifact_id "
        "WHERE problems.kind = 'malformed' ORDER BY problems.id",
    )
    decompressed: dict[str, bytes] = {}
    for path, compression, line, last, offset, raw in found:
        if path not in decompressed:
            decompressed[path] = _decompressed((folder / path).read_bytes(), compression)
        data = decompressed[path]
        assert data.count(b"\n", 0, offset) == line - 1, (path, line, offset)
        assert raw.count(b"\n") == last - line, (path, line, last)
        assert data[offset - 1 : offset] in {b"", b"\n"}, (path, offset)
        assert data[offset : offset + len(raw) + 1] in {raw, raw + b"\n"}, (path, offset)
    return sum(last - line + 1 for _, _, line, last, _, _ in found)


def _decompressed(data: bytes, compression: str) -> bytes:
    """Return the decompressed file, up to where it is cut off."""
    if compression == "gzip":
        return zlib.decompressobj(wbits=31).decompress(data)
    return zstandard.decompress(data) if compression == "zstd" else data
