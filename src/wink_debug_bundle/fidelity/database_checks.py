"""Check a bundle as a database: its pages, its schema, its references, its blobs."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator

from ..artifacts.accounting.blobs import read_chunks
from ..database.shared_text import has_shared_text
from ..errors import BundleError
from ..explore.stored_files import open_blob
from .findings import Finding
from .schema_checks import check_schema

_CHUNKS = """
SELECT blobs.sha256, chunk_count, (SELECT count(*) FROM blob_chunks WHERE blob_chunks.sha256 = blobs.sha256) AS held
FROM blobs WHERE held <> chunk_count
"""

_UNUSED = """
SELECT sha256 FROM blobs
EXCEPT SELECT sha256 FROM files WHERE content IS NULL
EXCEPT SELECT blob_sha256 FROM run_members
EXCEPT SELECT blob_sha256 FROM problems
EXCEPT SELECT blob_sha256 FROM raw_records
EXCEPT SELECT blob_sha256 FROM zip_parts
"""

_TEXTS = "SELECT sha256, CAST(content AS BLOB) FROM texts ORDER BY rowid"
_UNUSED_TEXTS = "SELECT sha256 FROM texts EXCEPT SELECT sha256 FROM file_entries"
_LOST_TEXTS = """
SELECT sha256, min(path) FROM file_entries
WHERE sha256 NOT IN (SELECT sha256 FROM texts) AND sha256 NOT IN (SELECT sha256 FROM blobs)
GROUP BY sha256
"""

_JSON = (
    ("bundle_meta", "tags"),
    ("logs", "context"),
    ("logs", "extra"),
    ("prompt_events", "result"),
    ("prompt_events", "tool_names"),
    ("runs", "budget"),
    ("sessions", "tags"),
    ("tool_invocations", "params"),
    ("tool_invocations", "result_value"),
)
"""Columns that hold JSON or NULL. Those of snapshots are not listed: rebuilding the lines parses them."""

_ITEMS = """
SELECT snapshots.id, item_count, (SELECT count(*) FROM slice_items WHERE snapshot_id = snapshots.id) AS held
FROM snapshots WHERE held <> item_count
"""

_TOTALS = (
    ("logs", "artifacts.kind IN ('logs', 'transcript')"),
    ("snapshots", "artifacts.kind = 'snapshots'"),
    ("files", "artifacts.kind IN ('archive', 'run')"),
)
_READ_MEMBERS = """
SELECT (SELECT count(sha256) FROM files) + (SELECT count(sha256) FROM run_members)
"""
_IMPORTED = """
SELECT coalesce(sum(last - first + 1), 0) FROM ledger JOIN artifacts ON artifacts.id = artifact_id
WHERE ledger.status = 'imported' AND {}
"""


def check_database(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield what SQLite's own checks find, and what differs from the schema of this version."""
    for (text,) in connection.execute("PRAGMA integrity_check"):
        if text != "ok":
            yield Finding(f"the database is damaged: {text}")
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Finding(f"row {row} of {table} refers to a row of {parent} that does not exist")
    yield from check_schema(connection)


def check_totals(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield tables whose row count differs from the imported count of the ledger, and snapshots whose items do."""
    for snapshot_id, expected, counted in connection.execute(_ITEMS):
        yield Finding(f"snapshot {snapshot_id} has {counted} items, and should have {expected}")
    for table, condition in _TOTALS:
        imported: int = connection.execute(_IMPORTED.format(condition)).fetchone()[0]
        sql = f"SELECT count(*) FROM {table}"
        held: int = connection.execute(sql).fetchone()[0]
        if table == "files":
            held = connection.execute(_READ_MEMBERS).fetchone()[0]
            table = "files and run_members"  # noqa: PLW2901
        if held != imported:
            yield Finding(f"the ledger counts {imported} lines or members as imported, but {table} have {held} rows")


def check_json(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield rows where a column for JSON holds something else."""
    for table, column in _JSON:
        is_json = f"typeof({column}) = 'text' AND json_valid({column})"
        sql = f"SELECT rowid FROM {table} WHERE {column} IS NOT NULL AND NOT ({is_json})"
        for (row,) in connection.execute(sql):
            yield Finding(f"row {row} of {table}: its {column} is not JSON")


def check_texts(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield shared texts that do not match their hash, those without a file, and files without text or blob."""
    if not has_shared_text(connection):
        return
    for key, content in connection.execute(_TEXTS):
        if hashlib.sha256(content or b"").hexdigest() != key:
            yield Finding(f"text {key} does not match its SHA-256")
    for (key,) in connection.execute(_UNUSED_TEXTS):
        yield Finding(f"text {key} is not used: the row that referred to it is lost")
    for key, path in connection.execute(_LOST_TEXTS):
        yield Finding(f"the content of the file {path} is lost: there is neither a text nor a blob {key}")


def check_blobs(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield blobs whose chunks are missing, damaged or do not match the blob's hash, and blobs without a reference."""
    for key, expected, held in connection.execute(_CHUNKS):
        yield Finding(f"blob {key} has {held} chunks, and should have {expected}")
    for (key,) in connection.execute(_UNUSED):
        yield Finding(f"blob {key} is not used: the row that referred to it is lost")
    for key, size in connection.execute("SELECT sha256, size_bytes FROM blobs ORDER BY sha256"):
        try:
            with open_blob(connection, key) as blob:
                found = sum(len(chunk) for chunk in read_chunks(blob))
        except BundleError as error:
            yield Finding(str(error))
            continue
        if found != size:
            yield Finding(f"blob {key} has {found} bytes, and should have {size}")
