"""Write batches of rows into a bundle under construction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import apsw

from ..batch import Batch
from ..rows import TABLE_OF, AnyRow, ProblemRow
from .inserts.known_events import KnownEvents
from .inserts.row_writer import RowWriter
from .table_setup import EVENTS


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
        self.connection = connection
        self._known = KnownEvents()

    def write(self, batches: Sequence[Batch], lines: dict[int, int], *, task: int, group: int) -> list[Written]:
        """Write the task's group number `group` in one transaction, unless it is already written.

        `lines` is the number of lines written so far of each artifact, and is updated.

        Raises:
            apsw.Error: the rows could not be written, and none of them were.
        """
        connection = self.connection
        with transaction(connection):
            is_new = committed_groups(connection, task) <= group
            writer = RowWriter(connection, self._known)
            written = []
            for batch in batches:
                before = lines.get(batch.artifact_id, 0)
                if is_new:
                    writer.add(batch, before)
                written.append(_written(batch, before))
                lines[batch.artifact_id] = before + batch.line_count
            if is_new:
                writer.flush()
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
        writer = RowWriter(connection, KnownEvents())
        writer.add(batch, lines_before=0)
        writer.flush()


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
