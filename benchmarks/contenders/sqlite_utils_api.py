"""sqlite-utils, its Python API: `insert_all` of the specification's columns into its tables, then its indexes.

Tables are created with the specification's own statements, so that types and keys agree. Everything else is the
library's default: batches of 100 rows, one transaction for each batch, a rollback journal and full sync.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from sqlite_utils import Database

from benchmarks.contenders.rows import Row, file_rows, log_rows, session_row, snapshot_rows, snapshots
from benchmarks.contenders.schema import INDEXED, TABLES


def main(source: Path, output: Path) -> None:
    """Build the tables in `output` from the artifacts below `source`."""
    database = Database(output)
    for statement in TABLES.values():
        database.execute(statement)
    for path in sorted(source.rglob("*.jsonl")):
        _import_snapshots(database, path)
    for path in sorted(source.rglob("*.log")):
        _insert(database, "logs", log_rows(path))
    for path in sorted(source.rglob("*.zip")):
        _insert(database, "files", file_rows(path))
    _create_indexes(database)
    database.close()


def _import_snapshots(database: Database, path: Path) -> None:
    for snapshot in snapshots(path):
        _insert(database, "sessions", [session_row(snapshot)])
        rows: dict[str, list[Row]] = defaultdict(list)
        for table, row in snapshot_rows(snapshot):
            rows[table].append(row)
        for table, group in rows.items():
            _insert(database, table, group)


def _insert(database: Database, table: str, rows: Iterable[Row]) -> None:
    database.table(table).insert_all(rows, ignore=table not in ("logs", "slice_items", "files"))


def _create_indexes(database: Database) -> None:
    for table, indexes in INDEXED.items():
        for name, column in indexes.items():
            database.table(table).create_index([column], index_name=name)
