"""Write batches of rows into a bundle under construction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import apsw

from ..records import RELATIVE_FIELDS, TABLE_OF, AnyRow, Batch, ProblemRow, SessionRow, SnapshotRow, Values
from .schema import read_sql

_ONCE = {"tool_invocations", "prompt_events", "blobs", "blob_chunks"}
"""Tables whose key is the source's own: the same key again is the same thing again."""

_COLUMNS = {table: row_type._fields for row_type, table in TABLE_OF.items()}


@dataclass(frozen=True, slots=True)
class Written:
    """What one batch came to: small enough to travel between processes."""

    artifact_id: int
    line_count: int
    record_count: int
    source_bytes: int
    duplicate_count: int
    problems: tuple[ProblemRow, ...]


def write_batch(connection: apsw.Connection, batch: Batch, lines_before: int) -> Written:
    """Write `batch` in one transaction; its lines follow `lines_before` others of its artifact.

    Raises:
        apsw.Error: the rows could not be written, and none of them were.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        bases = {"line": lines_before, "snapshot": _snapshot_count(connection, batch)}
        duplicates = sum(_insert(connection, table, rows, bases) for table, rows in batch.rows.items() if rows)
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    return Written(
        batch.artifact_id,
        batch.line_count,
        batch.record_count,
        batch.source_bytes,
        duplicates,
        tuple(_reported(batch, lines_before)),
    )


def write_rows(connection: apsw.Connection, rows: Iterable[AnyRow]) -> None:
    """Write a few rows that belong to no batch.

    Raises:
        apsw.Error: the rows could not be written.
    """
    batch = Batch(artifact_id=0)
    for row in rows:
        batch.add(row)
    write_batch(connection, batch, lines_before=0)


def roll_back(connection: apsw.Connection) -> None:
    """End a transaction that failed; SQLite has ended it already where the disk is full."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def insert_sql(table: str, bases: Mapping[str, int]) -> str:
    """Statement that inserts one row of `table`, adding its base to each relative column."""
    if table == TABLE_OF[SessionRow]:
        return read_sql("merge_session.sql")
    columns = _COLUMNS[table]
    places = (_place(bases.get(RELATIVE_FIELDS.get(column, ""), 0)) for column in columns)
    verb = "INSERT OR IGNORE" if table in _ONCE else "INSERT"
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join(places)})"


def _place(base: int) -> str:
    return f"? + {base}" if base else "?"


def _insert(connection: apsw.Connection, table: str, rows: Sequence[Values], bases: Mapping[str, int]) -> int:
    """Insert `rows`; return how many were there already."""
    before = connection.total_changes()
    connection.executemany(insert_sql(table, bases), rows)
    if table not in _ONCE or table.startswith("blob"):
        return 0
    return len(rows) - (connection.total_changes() - before)


def _snapshot_count(connection: apsw.Connection, batch: Batch) -> int:
    """Number of snapshots already written, which is the base of the batch's own."""
    if TABLE_OF[SnapshotRow] not in batch.rows:
        return 0
    count: int = connection.execute("SELECT coalesce(max(id), 0) FROM snapshots").get
    return count


def _reported(batch: Batch, lines_before: int) -> Iterable[ProblemRow]:
    """The batch's problems with their true lines and without their bytes."""
    for values in batch.rows.get(TABLE_OF[ProblemRow], ()):
        problem = ProblemRow(*values)  # type: ignore[arg-type]
        line = None if problem.line is None else problem.line + lines_before
        yield problem._replace(line=line, raw=None)
