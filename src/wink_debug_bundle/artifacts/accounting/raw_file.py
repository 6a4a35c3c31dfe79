"""Store unreadable or unrecognised files whole, as blobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...batch import Batch
from ...column_values import ArtifactKind, LedgerStatus
from ...rows import LedgerRow, ProblemRow
from ..source import Source
from .blobs import BlobWriter, read_chunks
from .problems import problem_batch, unreadable

SHORTER = "the file became shorter while it was read"


def keep_whole(source: Source, problem: ProblemRow, scratch: Path) -> Iterator[Batch]:
    """Yield the batches of the problem and of the file's bytes as they are on disk; the ledger counts them as one line.

    Bytes appended to the file after the build began are left out; bytes that are missing since then are a problem.
    """
    # for the other kinds, the splits read before have put the file's lines into the ledger
    is_unread = source.kind in (ArtifactKind.UNKNOWN, ArtifactKind.ARCHIVE, ArtifactKind.RUN)
    artifact_id, expected = problem.artifact_id, source.size_bytes
    size, status = expected, LedgerStatus.UNREADABLE
    blob = BlobWriter(scratch)
    try:
        if source.openable and source.path.is_file():  # opening a pipe would wait for its other end
            with source.path.open("rb") as stream:
                for data in read_chunks(stream, expected):
                    blob.write(data)
            problem = problem._replace(blob_sha256=blob.finish())
            size, status = blob.size, LedgerStatus.SKIPPED
    except OSError:
        pass
    if problem.blob_sha256 is not None:
        yield from blob.batches(artifact_id)
    blob.close()
    batch = problem_batch(problem, compressed_bytes=expected if is_unread else 0)
    if is_unread:
        batch.add(LedgerRow(artifact_id, 1, 1, 0, size, status, problem.error))
        if size < expected:
            shorter = unreadable(artifact_id, EOFError(SHORTER), size)
            batch.add(shorter)
            batch.add(LedgerRow(artifact_id, 2, 2, size, expected - size, LedgerStatus.UNREADABLE, shorter.error))
    yield batch


def missed_range(source: Source, artifact_id: int, error: Exception | None) -> Iterator[Batch]:
    """Yield the problem of a split that could not be reached, if other readers of the file may not have met it.

    Damage in the file's bytes is reported by the reader of the split that contains it, so then there is no batch.
    """
    if error is not None and (getattr(error, "errno", None) is not None or _is_changed(source)):
        yield problem_batch(unreadable(artifact_id, error))


def _is_changed(source: Source) -> bool:
    """Return whether the file was changed since the build began."""
    try:
        return source.path.stat().st_mtime_ns != source.modified_ns
    except OSError:
        return True
