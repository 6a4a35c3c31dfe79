"""Make the rows of a snapshot again from its kept text, and compare them with the stored ones in their order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from ...artifacts.accounting.blobs import CHUNK_BYTES, read_chunks
from ...artifacts.read_errors import MalformedError
from ...artifacts.snapshots.long_snapshot import remake_long_snapshot
from ...artifacts.snapshots.snapshot_reader import read_snapshot_block
from ...artifacts.streams.json_cursor import TooLongError
from ...artifacts.streams.line_blocks import Block
from ...batch import Batch
from ...column_values import SessionSource, SuccessSource
from ...explore.expansion import Budget
from ...explore.stored_files import open_blob, read_blob_chunk
from ...rows import TABLE_OF, UNKNOWN_PARENT, PromptEventRow, SessionRow, SliceItemRow, SnapshotRow, ToolInvocationRow
from ..artifact_rows import StoredArtifact
from .made_rows import POSITIONS, Values, column_faults, made_rows, stored_row

_COMPLETED_LATER = {"result_success", "success_source"}
"""Columns of tool invocations that other artifacts may complete."""

_EVENT_ROWS = (ToolInvocationRow, PromptEventRow)

_ITEMS = f"SELECT {', '.join(SliceItemRow._fields)} FROM slice_items WHERE snapshot_id = ? ORDER BY id"
_SESSION = f"SELECT {', '.join(SessionRow._fields)} FROM sessions WHERE session_id = ?"
_SOME_SNAPSHOTS = "SELECT id FROM snapshots WHERE session_id = ? LIMIT 2"

_PAGE = 1 << 12
"""Rows of a table that are marked together."""


def snapshot_faults(connection: sqlite3.Connection, artifact: StoredArtifact, line: int, raw: bytes) -> Iterator[str]:
    """Yield what differs in the rows of a snapshot, of its items, and of the library's events among them."""
    stored = stored_row(connection, SnapshotRow, artifact, line)
    if stored is None:
        yield "the row of its snapshot is missing in the table snapshots"
        return
    batch = read_snapshot_block(Block(raw, 0), artifact.id, stored[1], carefully=True)
    yield from _Snapshot(connection, stored).faults([batch])


def long_snapshot_faults(
    connection: sqlite3.Connection, artifact: StoredArtifact, line: int, blob: str, budget: Budget | None
) -> Iterator[str]:
    """Yield what differs in the rows of a snapshot whose text is a blob; memory holds a part of them at a time."""
    stored = stored_row(connection, SnapshotRow, artifact, line)
    if stored is None:
        yield "the row of its snapshot is missing in the table snapshots"
        return
    try:
        with open_blob(connection, blob, budget) as stream:
            made = remake_long_snapshot(read_chunks(stream), _BlobText(connection, blob), artifact.id, stored[1])
            yield from _Snapshot(connection, stored).faults(made)
    except (MalformedError, TooLongError):
        yield "its kept text gives no snapshot"


class _BlobText:
    """The text of a line in the chunks of a blob, which was read to its end before."""

    def __init__(self, connection: sqlite3.Connection, sha256: str) -> None:
        self._connection = connection
        self._sha256 = sha256
        self._last = -1, b""

    def read_back(self, offset: int, length: int) -> bytes:
        """Return a part of the text; the last chunk is remembered."""
        parts = []
        for number in range(offset // CHUNK_BYTES, (offset + length - 1) // CHUNK_BYTES + 1):
            begin = number * CHUNK_BYTES
            if self._last[0] != number:
                self._last = number, read_blob_chunk(self._connection, self._sha256, number)
            parts.append(self._last[1][max(offset - begin, 0) : offset + length - begin])
        return b"".join(parts)


class _Snapshot:
    """Compares the rows of one snapshot."""

    def __init__(self, connection: sqlite3.Connection, stored: Values) -> None:
        self._connection = connection
        self._id, *self._columns = stored
        self._rows_seen = {row_type: _Marks() for row_type in _EVENT_ROWS}

    def faults(self, made: Iterable[Batch]) -> Iterator[str]:
        """Yield what differs between the batches that were made again, in their order, and the stored rows."""
        items = self._connection.execute(_ITEMS, (self._id,))
        snapshot_count = count = 0
        for batch in made:
            for snapshot in made_rows(batch, SnapshotRow):
                snapshot_count += 1
                yield from column_faults("snapshot", SnapshotRow, snapshot, self._columns, POSITIONS)
                yield from self._session_faults(made_rows(batch, SessionRow)[0])
            for item in made_rows(batch, SliceItemRow):
                found = next(items, None)
                if found is None:
                    yield f"item {count} of its snapshot has no row in the table slice_items"
                    return
                if found[:-1] != item[:-1]:
                    yield from column_faults(f"item {count}", SliceItemRow, item, found, {"snapshot_id"})
                count += 1
            yield from self._events_faults(batch)
        if not snapshot_count:
            yield "its kept text gives no snapshot"
        elif next(items, None) is not None:
            yield f"the table slice_items has more than the {count} items of its snapshot"

    def _session_faults(self, made: Values) -> Iterator[str]:
        """Yield what differs in the row of the snapshot's session.

        The row has tags, parent and time of this snapshot if there is no other one of the session.
        """
        session = SessionRow(*made)
        found = self._connection.execute(_SESSION, (session.session_id,)).fetchone()
        if found is None:
            yield f"its session {session.session_id} has no row in the table sessions"
            return
        skipped = set()
        if len(self._connection.execute(_SOME_SNAPSHOTS, (session.session_id,)).fetchall()) > 1:
            skipped = {"tags", "parent_session_id", "created_at"}
        if session.parent_session_id == UNKNOWN_PARENT:
            skipped.add("parent_session_id")
        if not session.created_at:
            skipped.add("created_at")
        expected = session._replace(source=SessionSource.SNAPSHOT)
        yield from column_faults("session", SessionRow, expected, found, skipped)

    def _events_faults(self, batch: Batch) -> Iterator[str]:
        """Yield what differs in the rows of a batch's events."""
        for row_type in _EVENT_ROWS:
            for event in made_rows(batch, row_type):
                yield from self._event_faults(row_type, event)

    def _event_faults(self, row_type: type[Any], event: Values) -> Iterator[str]:
        """Yield what differs in the row of an event, or that it has none.

        The first event of an id that a build reads has the row: one of this snapshot, or of an earlier one.
        """
        table, fields = TABLE_OF[row_type], row_type._fields
        named = dict(zip(fields, event, strict=True))
        sql = f"SELECT rowid, {', '.join(fields)} FROM {table} WHERE event_id = ?"
        row = self._connection.execute(sql, (named["event_id"],)).fetchone()
        if row is None:
            yield f"its event {named['event_id']} has no row in {table}"
            return
        rowid, *found = row
        if self._rows_seen[row_type].is_marked(rowid):
            return
        self._rows_seen[row_type].mark(rowid)
        snapshot_id = found[-2]
        if not isinstance(snapshot_id, int) or not 0 < snapshot_id <= self._id:
            yield f"the column snapshot_id of its event {named['event_id']} (table {table}) names a later snapshot"
        elif snapshot_id == self._id:
            is_assumed = named.get("success_source") == SuccessSource.ASSUMED
            skipped = {"snapshot_id", *(_COMPLETED_LATER if is_assumed else ())}
            yield from column_faults(f"event {named['event_id']}", row_type, event, found, skipped)


class _Marks:
    """Marks on the rows of a table, in a byte each, because there may be millions of rows."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def is_marked(self, rowid: int) -> bool:
        """Return whether the row is marked."""
        page = self._pages.get(rowid // _PAGE)
        return page is not None and page[rowid % _PAGE] == 1

    def mark(self, rowid: int) -> None:
        """Mark the row."""
        self._pages.setdefault(rowid // _PAGE, bytearray(_PAGE))[rowid % _PAGE] = 1
