"""Make the rows of lines again whose source text the bundle keeps, and compare them with the stored rows.

Such a line is rebuilt from its text, so that its rows have no part in the proof of the artifact. The text of a long line
is a blob; it is read in parts, like the line itself was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from ...artifacts.accounting.blobs import read_chunks
from ...artifacts.logs.log_reader import read_log_block
from ...artifacts.logs.long_record import record_batch
from ...artifacts.logs.shortening import shorten
from ...artifacts.read_errors import MalformedError
from ...artifacts.streams.json_cursor import TooLongError
from ...artifacts.streams.line_blocks import Block
from ...batch import Batch
from ...column_values import ArtifactKind
from ...explore.expansion import Budget
from ...explore.stored_files import open_blob
from ...rows import LogRow
from ..artifact_rows import DAMAGED, StoredArtifact
from ..findings import Finding
from .made_rows import POSITIONS, column_faults, made_rows, stored_row
from .snapshot_checks import long_snapshot_faults, snapshot_faults

_KEPT = "SELECT line, raw, blob_sha256 FROM raw_records WHERE artifact_id = ? ORDER BY line"


def check_raw_lines(
    connection: sqlite3.Connection, artifact: StoredArtifact, budget: Budget | None
) -> Iterator[Finding]:
    """Yield what differs between the rows of the artifact and those that its kept lines give.

    The long lines of the artifact may take as many bytes out of the bundle as the `budget` has.
    """
    for line in map(_KeptLine._make, connection.execute(_KEPT, (artifact.id,))):
        try:
            for text in _line_faults(connection, artifact, line, budget):
                yield Finding(text, artifact.path, line.number)
        except DAMAGED as error:
            yield Finding(str(error), artifact.path, line.number)


class _KeptLine(NamedTuple):
    """A line whose text is in the bundle; that of a long line is a blob."""

    number: int
    raw: bytes | None
    blob: str | None


def _line_faults(
    connection: sqlite3.Connection, artifact: StoredArtifact, line: _KeptLine, budget: Budget | None
) -> Iterator[str]:
    """Return what differs in the rows of one line: none for a blank line, which has no row."""
    is_snapshot = artifact.kind == ArtifactKind.SNAPSHOTS
    if line.raw is None and line.blob is not None:
        if is_snapshot:
            return long_snapshot_faults(connection, artifact, line.number, line.blob, budget)
        return _long_log_faults(connection, artifact, line.number, line.blob, budget)
    if line.raw is None or not line.raw.strip():
        return iter(())
    check = snapshot_faults if is_snapshot else _log_faults
    return check(connection, artifact, line.number, line.raw)


def _log_faults(connection: sqlite3.Connection, artifact: StoredArtifact, line: int, raw: bytes) -> Iterator[str]:
    """Yield what differs in the row of a log record."""
    yield from _record_faults(
        connection, artifact, line, read_log_block(Block(raw, 0), artifact.id, None, sessions_only=True)
    )


def _long_log_faults(
    connection: sqlite3.Connection, artifact: StoredArtifact, line: int, key: str, budget: Budget | None
) -> Iterator[str]:
    """Yield what differs in the row of a log record whose line is a blob."""
    try:
        with open_blob(connection, key, budget) as blob:
            short = shorten(read_chunks(blob))
        batch = record_batch(short, lambda block: read_log_block(block, artifact.id, None, sessions_only=True))
    except (MalformedError, TooLongError):
        batch = Batch(artifact.id)
    yield from _record_faults(connection, artifact, line, batch)


def _record_faults(connection: sqlite3.Connection, artifact: StoredArtifact, line: int, batch: Batch) -> Iterator[str]:
    """Yield what differs between the row of a log record and the one in `batch`, which was made again."""
    stored = stored_row(connection, LogRow, artifact, line)
    made = made_rows(batch, LogRow)
    if stored is None or len(made) != 1:
        yield "its kept text gives no log record, or its row is missing"
        return
    skipped = POSITIONS if made[0][0] is not None else POSITIONS | {"session_id"}
    yield from column_faults("log record", LogRow, made[0], stored[1:], skipped)
