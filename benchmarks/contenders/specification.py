"""The specification's sample algorithm: json and sqlite3, schema and indexes first, one statement for each row.

Two things differ from the sample: `slices` is read as the list that the library writes, not as a mapping, and the
function that the sample leaves out (`_insert_slice_item`) extracts tool calls and prompt events, as the text requires.
The connection keeps Python's defaults: a rollback journal, full sync and one transaction, committed at the end.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from benchmarks.contenders.rows import Row, file_rows, session_row, snapshot_rows, snapshots
from benchmarks.contenders.schema import TABLES, index_statements, infer_session_id

LOG_INSERT = """INSERT INTO logs
                   (session_id, timestamp, level, logger, event, message, context)
                   VALUES (?, ?, ?, ?, ?, ?, ?)"""


def main(source: Path, output: Path) -> None:
    """Build the bundle `output` from the artifacts below `source`."""
    connection = sqlite3.connect(output)
    for table, statement in TABLES.items():
        for sql in (statement, *index_statements(table)):
            connection.execute(sql)
    for path in sorted(source.rglob("*.jsonl")):
        _import_session_snapshot(connection, path)
    for path in sorted(source.rglob("*.log")):
        _import_log_file(connection, path)
    for path in sorted(source.rglob("*.zip")):
        _import_filesystem_archive(connection, path)
    connection.commit()
    connection.close()


def _import_session_snapshot(connection: sqlite3.Connection, path: Path) -> None:
    for snapshot in snapshots(path):
        _insert(connection, "sessions", session_row(snapshot))
        for table, row in snapshot_rows(snapshot):
            _insert(connection, table, row)


def _import_log_file(connection: sqlite3.Connection, path: Path) -> None:
    """Import a log with the sample's own loop, word for word where it matters."""
    session_id = infer_session_id(path)
    with path.open(encoding="utf-8") as f:
        for line in f:
            if not line.strip():
                continue
            record = json.loads(line)
            connection.execute(
                LOG_INSERT,
                (
                    session_id,
                    record["timestamp"],
                    record["level"],
                    record["logger"],
                    record.get("event"),
                    record["message"],
                    json.dumps(record.get("context", {})),
                ),
            )


def _import_filesystem_archive(connection: sqlite3.Connection, path: Path) -> None:
    for row in file_rows(path):
        _insert(connection, "files", row)


def _insert(connection: sqlite3.Connection, table: str, row: Row) -> None:
    names = ", ".join(row)
    connection.execute(
        f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
    )
