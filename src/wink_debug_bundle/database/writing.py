"""Write batches of rows into a bundle under construction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import apsw

from ..batch import Batch
from ..rows import RELATIVE_FIELDS, TABLE_OF, UTF8_COLUMNS, AnyRow, LogRow, ProblemRow, SessionRow, SnapshotRow
from .known_events import KnownEvents
from .schema_files import read_sql
from .table_setup import EVENTS

_ONCE = {"blobs", "blob_chunks", "slice_keys", "times"}
"""Tables whose key comes from the source: a row with a known key is a repetition and is not written."""

_COLUMNS = {table: row_type._fields for row_type, table in TABLE_OF.items()}


@dataclass(frozen=True, slots=True)
class Written:
    """The numbers of one written batch, small enough to be sent between processes.

    `event_count` includes repeated events, which are not written again.
    """

    artifact_id: int
    line_count: int
    record_count: int
    compressed_bytes: int
    event_count: int
    problems: tuple[ProblemRow, ...]


def start_progress(connection: apsw.Connection) -> None:
    """Create the table of committed groups, so that no group is lost or repeated when a worker dies."""
    connection.execute("CREATE TABLE build_progress (task INTEGER PRIMARY KEY, groups INTEGER NOT NULL)")


def end_progress(connection: apsw.Connection) -> None:
    """Drop the table of committed groups."""
    connection.execute("DROP TABLE build_progress")


def committed_groups(connection: apsw.Connection, task: int) -> int:
    """Return how many groups of the task are written."""
    row = connection.execute("SELECT groups FROM build_progress WHERE task = ?", (task,)).fetchone()
    return row[0] if row else 0


class GroupWriter:
    """Writes groups of batches, and remembers the events that it has written."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._known = KnownEvents()

    def write(self, batches: Sequence[Batch], lines: dict[int, int], *, task: int, group: int) -> list[Written]:
        """Write the task's group number `group` in one transaction, unless it is already written.

        `lines` is the number of lines written so far of each artifact, and is updated.

        Raises:
            apsw.Error: the rows could not be written, and none of them were.
        """
        connection = self._connection
        with transaction(connection):
            is_new = committed_groups(connection, task) <= group
            written = []
            for batch in batches:
                before = lines.get(batch.artifact_id, 0)
                if is_new:
                    _write_rows(connection, batch, before, self._known)
                written.append(_written(batch, before))
                lines[batch.artifact_id] = before + batch.line_count
            if is_new:
                connection.execute("REPLACE INTO build_progress VALUES (?, ?)", (task, group + 1))
        return written


def write_rows(connection: apsw.Connection, rows: Iterable[AnyRow]) -> None:
    """Write a few rows that belong to no batch of an artifact.

    Raises:
        apsw.Error: the rows could not be written, and none of them were.
    """
    batch = Batch(artifact_id=0)
    for row in rows:
        batch.add(row)
    with transaction(connection):
        _write_rows(connection, batch, 0, KnownEvents())


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Commit at the end, or roll back on an error; on a full disk, SQLite has already ended the transaction itself."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def insert_sql(table: str, bases: Mapping[str, int]) -> str:
    """Return the statement that inserts one row into `table`, adding its base to each relative column."""
    if table == TABLE_OF[SessionRow]:
        return read_sql("merge_session.sql")
    columns = _COLUMNS[table]
    text = UTF8_COLUMNS.get(table, frozenset())
    values = (_placeholder(bases.get(RELATIVE_FIELDS.get(column, ""), 0), is_utf8=column in text) for column in columns)
    verb = "INSERT OR IGNORE" if table in _ONCE else "INSERT"
    return f"{verb} INTO {table}({','.join(columns)}) VALUES({','.join(values)})"  # short: apsw hashes it for every row


def _placeholder(base: int, *, is_utf8: bool) -> str:
    """Return SQL for the value of one column."""
    if is_utf8:
        return "CAST(? AS TEXT)"
    return f"?+{base}" if base else "?"


def _write_rows(connection: apsw.Connection, batch: Batch, lines_before: int, known: KnownEvents) -> None:
    """Write the rows of a batch, whose artifact has `lines_before` lines before it."""
    bases = {
        "line": lines_before,
        "snapshot": _row_count(connection, batch, TABLE_OF[SnapshotRow]),
        "log": _row_count(connection, batch, TABLE_OF[LogRow]),
    }
    for table, rows in batch.rows.items():
        written = known.new_rows(table, rows) if table in EVENTS else rows
        if written:
            connection.executemany(insert_sql(table, bases), written)


def _row_count(connection: apsw.Connection, batch: Batch, table: str) -> int:
    """Return the number of rows in `table`, to which relative ids of the batch are added; 0 if it has no such rows."""
    if table not in batch.rows:
        return 0
    count: int = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").get
    return count


def _written(batch: Batch, lines_before: int) -> Written:
    """Return the numbers of a batch, whose artifact has `lines_before` lines before it."""
    return Written(
        batch.artifact_id,
        batch.line_count,
        batch.record_count,
        batch.compressed_bytes,
        sum(len(batch.rows.get(table, ())) for table in EVENTS),
        tuple(_problems(batch, lines_before)),
    )


def _problems(batch: Batch, lines_before: int) -> Iterable[ProblemRow]:
    """Yield the problems of a batch with their lines in the artifact, and without their bytes."""
    for values in batch.rows.get(TABLE_OF[ProblemRow], ()):
        problem = ProblemRow(*values)  # type: ignore[arg-type]
        line = None if problem.line is None else problem.line + lines_before
        last = None if problem.last_line is None else problem.last_line + lines_before
        yield problem._replace(line=line, last_line=last, raw=None)
