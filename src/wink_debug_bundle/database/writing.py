"""Write batches of rows into a bundle under construction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import apsw

from ..rows import (
    RELATIVE_FIELDS,
    TABLE_OF,
    UTF8_COLUMNS,
    AnyRow,
    Batch,
    LogRow,
    ProblemRow,
    SessionRow,
    SnapshotRow,
)
from .schema_files import read_sql

_EVENTS = ("tool_invocations", "prompt_events")
_ONCE = {*_EVENTS, "blobs", "blob_chunks", "slice_keys"}
"""Tables whose key is the source's own: the same key again is the same thing again."""

_COLUMNS = {table: row_type._fields for row_type, table in TABLE_OF.items()}


@dataclass(frozen=True, slots=True)
class Written:
    """What one batch came to: small enough to travel between processes.

    `event_count` is the number of events offered; those whose key was there already are not written again.
    """

    artifact_id: int
    line_count: int
    record_count: int
    compressed_bytes: int
    event_count: int
    problems: tuple[ProblemRow, ...]


def start_progress(connection: apsw.Connection) -> None:
    """Begin to keep account of what is committed, so that a worker's death neither loses nor repeats a group."""
    connection.execute("CREATE TABLE build_progress (task INTEGER PRIMARY KEY, groups INTEGER NOT NULL)")


def end_progress(connection: apsw.Connection) -> None:
    """Remove the account that only the build needed."""
    connection.execute("DROP TABLE build_progress")


def committed_groups(connection: apsw.Connection, task: int) -> int:
    """Number of groups of the task that are written."""
    row = connection.execute("SELECT groups FROM build_progress WHERE task = ?", (task,)).fetchone()
    return row[0] if row else 0


def write_group(
    connection: apsw.Connection, batches: Sequence[Batch], lines: dict[int, int], *, task: int, group: int
) -> list[Written]:
    """Write the task's group number `group` in one transaction, unless it is written already.

    `lines` holds the lines written of each artifact so far, and is brought up to date.

    Raises:
        apsw.Error: the rows could not be written, and none of them were.
    """
    with transaction(connection):
        wanted = committed_groups(connection, task) <= group
        written = []
        for batch in batches:
            before = lines.get(batch.artifact_id, 0)
            if wanted:
                _write_rows(connection, batch, before)
            written.append(_add_to_ledger(batch, before))
            lines[batch.artifact_id] = before + batch.line_count
        if wanted:
            connection.execute("REPLACE INTO build_progress VALUES (?, ?)", (task, group + 1))
    return written


def write_rows(connection: apsw.Connection, rows: Iterable[AnyRow]) -> None:
    """Write a few rows that belong to no artifact's batch.

    Raises:
        apsw.Error: the rows could not be written, and none of them were.
    """
    batch = Batch(artifact_id=0)
    for row in rows:
        batch.add(row)
    with transaction(connection):
        _write_rows(connection, batch, lines_before=0)


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All or nothing; SQLite itself has ended a transaction that fails because the disk is full."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def insert_sql(table: str, bases: Mapping[str, int]) -> str:
    """Statement that inserts one row of `table`, adding its base to each relative column."""
    if table == TABLE_OF[SessionRow]:
        return read_sql("merge_session.sql")
    columns = _COLUMNS[table]
    text = UTF8_COLUMNS.get(table, frozenset())
    places = (_place(bases.get(RELATIVE_FIELDS.get(column, ""), 0), is_utf8=column in text) for column in columns)
    verb = "INSERT OR IGNORE" if table in _ONCE else "INSERT"
    return f"{verb} INTO {table}({','.join(columns)}) VALUES({','.join(places)})"  # short: apsw hashes it for every row


def _place(base: int, *, is_utf8: bool) -> str:
    if is_utf8:
        return "CAST(? AS TEXT)"
    return f"?+{base}" if base else "?"


def _write_rows(connection: apsw.Connection, batch: Batch, lines_before: int) -> None:
    bases = {
        "line": lines_before,
        "snapshot": _row_count(connection, batch, TABLE_OF[SnapshotRow]),
        "log": _row_count(connection, batch, TABLE_OF[LogRow]),
    }
    for table, rows in batch.rows.items():
        if rows:
            connection.executemany(insert_sql(table, bases), rows)


def _row_count(connection: apsw.Connection, batch: Batch, table: str) -> int:
    """Number of rows written to `table` already, which is the base of the batch's own."""
    if table not in batch.rows:
        return 0
    count: int = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").get
    return count


def _add_to_ledger(batch: Batch, lines_before: int) -> Written:
    return Written(
        batch.artifact_id,
        batch.line_count,
        batch.record_count,
        batch.compressed_bytes,
        sum(len(batch.rows.get(table, ())) for table in _EVENTS),
        tuple(_reported(batch, lines_before)),
    )


def _reported(batch: Batch, lines_before: int) -> Iterable[ProblemRow]:
    """The batch's problems with their true lines and without their bytes."""
    for values in batch.rows.get(TABLE_OF[ProblemRow], ()):
        problem = ProblemRow(*values)  # type: ignore[arg-type]
        line = None if problem.line is None else problem.line + lines_before
        yield problem._replace(line=line, raw=None)
