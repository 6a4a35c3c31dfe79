"""Write the rows of artifacts that become duplicates: their ledgers say that their content is imported elsewhere."""

from __future__ import annotations

import apsw

from ...column_values import LINE_KINDS, ArtifactStatus, LedgerStatus
from ...database.inserts.row_writer import insert_sql
from ...rows import DuplicateLinesRow, LedgerRow
from .held_twice import Duplicate

_UPDATE = """
UPDATE main.artifacts
SET status = ?, reason = ?, original_id = ?, record_count = 0, problem_count = 0, blob_sha256 = NULL
WHERE id = ?
"""

_ARTIFACT = "SELECT kind, size_bytes FROM source.artifacts WHERE id = ?"
_LINES = "SELECT coalesce(max(last), 0), coalesce(sum(length), 0) FROM source.ledger WHERE artifact_id = ?"


def write_duplicate(connection: apsw.Connection, duplicate: Duplicate, artifact_id: int, original_id: int) -> None:
    """Make the artifact `artifact_id` of the merged bundle, a row without content so far, a duplicate.

    All of its bytes are those of the artifact `original_id`. The bundle that it is from is attached as `source`.

    Raises:
        apsw.Error: a row could not be read or written.
    """
    reason = duplicate.reason
    connection.execute(_UPDATE, (ArtifactStatus.DUPLICATE, reason, original_id, artifact_id))
    kind: str
    size: int
    kind, size = connection.execute(_ARTIFACT, (duplicate.id,)).get
    if kind not in LINE_KINDS:
        _insert(connection, "ledger", LedgerRow(artifact_id, 1, 1, 0, size, LedgerStatus.DUPLICATE, reason))
        return
    count: int
    length: int
    count, length = connection.execute(_LINES, (duplicate.id,)).get
    if count:
        _insert(connection, "ledger", LedgerRow(artifact_id, 1, count, 0, length, LedgerStatus.DUPLICATE, reason))
        _insert(connection, "duplicate_lines", DuplicateLinesRow(artifact_id, 1, count, 1))


def _insert(connection: apsw.Connection, table: str, row: LedgerRow | DuplicateLinesRow) -> None:
    connection.execute(insert_sql(table), tuple(row))
