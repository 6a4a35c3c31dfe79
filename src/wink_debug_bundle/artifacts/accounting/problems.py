"""Make the rows of problems: which part of an artifact could not be read, and why."""

from __future__ import annotations

from ...batch import Batch
from ...column_values import ProblemKind
from ...rows import ProblemRow
from ..lossless_json import clean
from ..read_errors import ZipError, system_error


def file_problem(artifact_id: int, kind: ProblemKind, error: str, offset: int | None = None) -> ProblemRow:
    """Return the problem of a whole artifact, or of its bytes from `offset` on, if given."""
    return ProblemRow(artifact_id, None, None, offset, kind, clean(error), None, None)


def line_problem(
    artifact_id: int,
    line: int,
    offset: int,
    kind: ProblemKind,
    error: str,
    *,
    raw: bytes | None = None,
    blob_sha256: str | None = None,
    last_line: int | None = None,
) -> ProblemRow:
    """Return the problem of a line, counted from 1, or of the lines up to `last_line`.

    The bytes are in `raw`, or in the blob with that hash.
    """
    return ProblemRow(artifact_id, line, None, offset, kind, error, raw, blob_sha256, last_line)


def member_problem(
    artifact_id: int, name: str, offset: int | None, kind: ProblemKind, error: str, *, raw: bytes | None = None
) -> ProblemRow:
    """Return the problem of one member of a zip, whose header begins at byte `offset` of the file."""
    return ProblemRow(artifact_id, None, clean(name), offset, kind, error, raw, None)


def unrecognised(artifact_id: int, reason: str) -> ProblemRow:
    """Return the problem of a file that is not an artifact."""
    return file_problem(artifact_id, ProblemKind.UNRECOGNISED, reason)


def unread(artifact_id: int, reason: str) -> ProblemRow:
    """Return the problem of an entry that could not be opened, read or listed."""
    return file_problem(artifact_id, ProblemKind.UNREADABLE, reason)


def unreadable(artifact_id: int, error: Exception, offset: int | None = None) -> ProblemRow:
    """Return the problem of a file that cannot be read from the decompressed byte `offset` on."""
    return file_problem(artifact_id, ProblemKind.UNREADABLE, reason_of(error), offset)


def problem_batch(problem: ProblemRow, *, compressed_bytes: int = 0) -> Batch:
    """Return a batch of one problem."""
    batch = Batch(problem.artifact_id, compressed_bytes=compressed_bytes)
    batch.add(problem)
    return batch


def reason_of(error: Exception) -> str:
    """Return the stored text of an error that reading raised: with its type, or the system's name for it."""
    if isinstance(error, OSError):
        return clean(system_error(error))
    return clean(str(error) if isinstance(error, ZipError) else f"{type(error).__name__}: {error}")
