"""Checks of a bundle as a database: its pages, its schema, its references, its blobs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ..artifacts.blobs import stream_pieces
from ..errors import BundleError
from ..explore.stored import open_blob
from .findings import Finding
from .schema_checks import check_schema

_CHUNKS = """
SELECT blobs.sha256, chunk_count, (SELECT count(*) FROM blob_chunks WHERE blob_chunks.sha256 = blobs.sha256) AS held
FROM blobs WHERE held <> chunk_count
"""

_ITEMS = """
SELECT snapshots.id, item_count, (SELECT count(*) FROM slice_items WHERE snapshot_id = snapshots.id) AS held
FROM snapshots WHERE held <> item_count
"""

_TOTALS = (
    ("logs", "artifacts.kind IN ('logs', 'transcript')"),
    ("snapshots", "artifacts.kind = 'snapshots'"),
    ("files", "artifacts.kind IN ('archive', 'run')"),
)
_IMPORTED = """
SELECT coalesce(sum(last - first + 1), 0) FROM ledger JOIN artifacts ON artifacts.id = artifact_id
WHERE fate = 'imported' AND {}
"""


def check_database(connection: sqlite3.Connection) -> Iterator[Finding]:
    """What SQLite itself finds wrong, and what differs from the schema that every bundle of this version has."""
    for (text,) in connection.execute("PRAGMA integrity_check"):
        if text != "ok":
            yield Finding(f"the database is damaged: {text}")
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Finding(f"row {row} of {table} refers to a row of {parent} that is not there")
    yield from check_schema(connection)


def check_totals(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Tables that have more or fewer rows than the ledger says were imported, or than snapshots say of their items."""
    for snapshot_id, expected, counted in connection.execute(_ITEMS):
        yield Finding(f"snapshot {snapshot_id} has {counted} items, and should have {expected}")
    for table, condition in _TOTALS:
        imported: int = connection.execute(_IMPORTED.format(condition)).fetchone()[0]
        sql = f"SELECT count(*) FROM {table}"
        held: int = connection.execute(sql).fetchone()[0]
        if table == "files":
            held += connection.execute("SELECT count(*) FROM run_members").fetchone()[0]
            table = "files and run_members"  # noqa: PLW2901
        if held != imported:
            yield Finding(f"{table} hold {held} rows, but the ledger has {imported} as imported")


def check_blobs(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Blobs whose chunks are missing or damaged, or are not the bytes of which the key is the hash."""
    for key, expected, held in connection.execute(_CHUNKS):
        yield Finding(f"blob {key} has {held} chunks, and should have {expected}")
    for key, size in connection.execute("SELECT sha256, size_bytes FROM blobs ORDER BY sha256"):
        try:
            with open_blob(connection, key) as blob:
                found = sum(len(piece) for piece in stream_pieces(blob))
        except BundleError as error:
            yield Finding(str(error))
            continue
        if found != size:
            yield Finding(f"blob {key} has {found} bytes, and should have {size}")
