"""Make the rows of lines again whose source text the bundle keeps, and compare them with the stored rows.

Such a line is rebuilt from its text, so that its rows have no part in the proof of the artifact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from ...artifacts.accounting.blobs import read_chunks
from ...artifacts.logs.log_reader import read_log_block
from ...artifacts.logs.long_record import record_batch
from ...artifacts.logs.shortening import shorten
from ...artifacts.read_errors import MalformedError
from ...artifacts.snapshots.snapshot_reader import read_snapshot_block
from ...artifacts.streams.json_cursor import TooLongError
from ...artifacts.streams.line_blocks import Block
from ...batch import Batch
from ...column_values import ArtifactKind, SuccessSource
from ...explore.stored_files import open_blob
from ...rows import TABLE_OF, LogRow, PromptEventRow, SliceItemRow, SnapshotRow, ToolInvocationRow
from ..artifact_rows import StoredArtifact, first_id
from ..findings import Finding

_RAW = "SELECT line, raw FROM raw_records WHERE artifact_id = ? AND raw IS NOT NULL ORDER BY line"
_LONG = "SELECT line, blob_sha256 FROM raw_records WHERE artifact_id = ? AND blob_sha256 IS NOT NULL ORDER BY line"
_COMPLETED_LATER = {"result_success", "success_source"}
"""Columns of tool invocations that other artifacts may complete."""

_POSITIONS = {"artifact_id", "line", "snapshot_id", "item_index"}
_EVENT_ROWS = (ToolInvocationRow, PromptEventRow)

Values = Sequence[Any]


def check_raw_lines(connection: sqlite3.Connection, artifact: StoredArtifact) -> Iterator[Finding]:
    """Yield what differs between the rows of the artifact and those that its kept lines give."""
    is_snapshots = artifact.kind == ArtifactKind.SNAPSHOTS
    check = _snapshot_faults if is_snapshots else _log_faults
    if not is_snapshots:
        for line, key in connection.execute(_LONG, (artifact.id,)):
            for text in _long_log_faults(connection, artifact, line, key):
                yield Finding(text, artifact.path, line)
    for line, raw in connection.execute(_RAW, (artifact.id,)):
        if raw.strip():  # a blank line has no row
            for text in check(connection, artifact, line, raw):
                yield Finding(text, artifact.path, line)


def _log_faults(connection: sqlite3.Connection, artifact: StoredArtifact, line: int, raw: bytes) -> Iterator[str]:
    """Yield what differs in the row of a log record."""
    yield from _record_faults(connection, artifact, line, read_log_block(Block(raw, 0), artifact.id, None))


def _long_log_faults(connection: sqlite3.Connection, artifact: StoredArtifact, line: int, key: str) -> Iterator[str]:
    """Yield what differs in the row of a log record whose line is a blob."""
    try:
        with open_blob(connection, key) as blob:
            short = shorten(read_chunks(blob))
        batch = record_batch(short, lambda block: read_log_block(block, artifact.id, None))
    except (MalformedError, TooLongError):
        batch = Batch(artifact.id)
    yield from _record_faults(connection, artifact, line, batch)


def _record_faults(connection: sqlite3.Connection, artifact: StoredArtifact, line: int, batch: Batch) -> Iterator[str]:
    """Yield what differs between the row of a log record and the one in `batch`, which was made again."""
    stored = _stored_row(connection, LogRow, artifact, line)
    made = _made(batch, LogRow)
    if stored is None or len(made) != 1:
        yield "its kept text gives no log record, or its row is missing"
        return
    skipped = _POSITIONS if made[0][0] is not None else _POSITIONS | {"session_id"}
    yield from _column_faults("log record", LogRow._fields, made[0], stored[1:], skipped)


def _snapshot_faults(connection: sqlite3.Connection, artifact: StoredArtifact, line: int, raw: bytes) -> Iterator[str]:
    """Yield what differs in the rows of a snapshot, of its items, and of the library's events among them."""
    stored = _stored_row(connection, SnapshotRow, artifact, line)
    if stored is None:
        yield "the row of its snapshot is missing"
        return
    snapshot_id, *columns = stored
    batch = read_snapshot_block(Block(raw, 0), artifact.id, columns[0])
    made = _made(batch, SnapshotRow)
    if len(made) != 1:
        yield "its kept text gives no snapshot"
        return
    yield from _column_faults("snapshot", SnapshotRow._fields, made[0], columns, _POSITIONS)
    fields = SliceItemRow._fields
    items = connection.execute(
        f"SELECT {', '.join(fields)} FROM slice_items WHERE snapshot_id = ? ORDER BY id", (snapshot_id,)
    )
    for number, (item, found) in enumerate(zip_longest(_made(batch, SliceItemRow), items)):
        if item is None or found is None:
            yield f"item {number} of its snapshot is in only one of its kept text and the table slice_items"
            return
        yield from _column_faults(f"item {number}", fields, item, found, {"snapshot_id"})
    for row_type in _EVENT_ROWS:
        place = row_type._fields.index("event_id")
        first_with_id = {event[place]: event for event in reversed(_made(batch, row_type))}  # only this one has a row
        for event in first_with_id.values():
            yield from _event_faults(connection, row_type, event, snapshot_id)


def _event_faults(
    connection: sqlite3.Connection, row_type: type[Any], event: Values, snapshot_id: int
) -> Iterator[str]:
    """Yield what differs in the row of an event, if it is from this item, or that the event has no row."""
    fields = row_type._fields
    named = dict(zip(fields, event, strict=True))
    sql = f"SELECT {', '.join(fields)} FROM {TABLE_OF[row_type]} WHERE event_id = ?"
    found = connection.execute(sql, (named["event_id"],)).fetchone()
    if found is None:
        yield f"its event {named['event_id']} has no row in {TABLE_OF[row_type]}"
    elif found[-2:] == (snapshot_id, named["item_index"]):
        is_assumed = named.get("success_source") == SuccessSource.ASSUMED
        skipped = _POSITIONS | _COMPLETED_LATER if is_assumed else _POSITIONS
        yield from _column_faults(f"event {named['event_id']}", fields, event, found, skipped)


def _column_faults(what: str, fields: Sequence[str], made: Values, stored: Values, skipped: set[str]) -> Iterator[str]:
    """Yield the columns whose stored value is not the one that was made again."""
    for name, expected, found in zip(fields, made, stored, strict=True):
        if name not in skipped and _stored(expected) != found:
            yield f"the column {name} of its {what} is not what its kept text says"


def _stored(value: Any) -> Any:
    """Return a value as SQLite gives it back."""
    if isinstance(value, str):
        return str(value)
    return value if value is None or isinstance(value, int | float) else bytes(value).decode()


def _made(batch: Batch, row_type: type[Any]) -> Sequence[Values]:
    return batch.rows.get(TABLE_OF[row_type], [])


def _stored_row(
    connection: sqlite3.Connection, row_type: type[Any], artifact: StoredArtifact, line: int
) -> tuple[Any, ...] | None:
    """Return the id and the columns of the row that a line of the artifact has."""
    table = TABLE_OF[row_type]
    sql = f"SELECT id, {', '.join(row_type._fields)} FROM {table} WHERE id = ? AND artifact_id = ? AND line = ?"
    place = first_id(connection, table, artifact.id, "line", line)
    row: tuple[Any, ...] | None = connection.execute(sql, (place, artifact.id, line)).fetchone()
    return row
