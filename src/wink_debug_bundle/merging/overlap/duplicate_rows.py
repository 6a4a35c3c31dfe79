"""Write the rows of artifacts that become duplicates: their ledgers say that their content is imported elsewhere."""

from __future__ import annotations

from typing import NamedTuple

import apsw

from ...artifacts.accounting.problems import line_problem
from ...column_values import LINE_KINDS, ArtifactStatus, LedgerStatus, ProblemKind
from ...database.inserts.row_writer import insert_sql
from ...rows import DuplicateLinesRow, LedgerRow, ProblemRow
from .held_twice import Duplicate

_UPDATE = """
UPDATE main.artifacts
SET status = ?, reason = ?, original_id = ?, record_count = 0, problem_count = ?, blob_sha256 = NULL
WHERE id = ?
"""

_ARTIFACT = "SELECT kind, size_bytes FROM source.artifacts WHERE id = ?"
_LINES = "SELECT coalesce(max(last), 0), coalesce(sum(length), 0) FROM source.ledger WHERE artifact_id = ?"
_CUT_LINE = "SELECT offset, raw, blob_sha256 FROM source.problems WHERE artifact_id = ? AND line = ?"


def write_duplicate(connection: apsw.Connection, duplicate: Duplicate, artifact_id: int, original_id: int) -> None:
    """Make the artifact `artifact_id` of the merged bundle, a row without content so far, a duplicate.

    All of its bytes are those of the artifact `original_id`. The bundle that it is from is attached as `source`. Of a last
    line that is cut off, the bytes are kept.

    Raises:
        apsw.Error: a row could not be read or written.
    """
    reason = duplicate.reason
    connection.execute(_UPDATE, (ArtifactStatus.DUPLICATE, reason, original_id, int(duplicate.is_cut), artifact_id))
    kind: str
    size: int
    kind, size = connection.execute(_ARTIFACT, (duplicate.id,)).get
    if kind not in LINE_KINDS:
        _insert(connection, "ledger", LedgerRow(artifact_id, 1, 1, 0, size, LedgerStatus.DUPLICATE, reason))
        return
    count: int
    length: int
    count, length = connection.execute(_LINES, (duplicate.id,)).get
    cut = _cut_line(connection, duplicate, artifact_id, count, length) if duplicate.is_cut else None
    if cut is not None:
        count, length = count - 1, cut.ledger.offset
    if count:
        _insert(connection, "ledger", LedgerRow(artifact_id, 1, count, 0, length, LedgerStatus.DUPLICATE, reason))
        _insert(connection, "duplicate_lines", DuplicateLinesRow(artifact_id, 1, count, 1))
    if cut is not None:
        _insert(connection, "ledger", cut.ledger)
        _insert(connection, "problems", cut.problem)


class _CutLine(NamedTuple):
    """The rows of a last line that is cut off."""

    ledger: LedgerRow
    problem: ProblemRow


def _cut_line(connection: apsw.Connection, duplicate: Duplicate, artifact_id: int, line: int, end: int) -> _CutLine:
    """Return the rows of a last line, which goes up to the byte `end`."""
    offset: int
    raw: bytes | None
    blob_sha256: str | None
    offset, raw, blob_sha256 = connection.execute(_CUT_LINE, (duplicate.id, line)).get
    error = f"cut off: {duplicate.reason}"
    return _CutLine(
        LedgerRow(artifact_id, line, line, offset, end - offset, LedgerStatus.MALFORMED, None),
        line_problem(artifact_id, line, offset, ProblemKind.MALFORMED, error, raw=raw, blob_sha256=blob_sha256),
    )


def _insert(connection: apsw.Connection, table: str, row: LedgerRow | DuplicateLinesRow | ProblemRow) -> None:
    connection.execute(insert_sql(table), tuple(row))
