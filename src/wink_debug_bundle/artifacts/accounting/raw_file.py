"""Account for files that are not read as artifacts: store them whole, as blobs, or list them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ...batch import Batch
from ...column_values import ArtifactKind, LedgerStatus
from ...rows import LedgerRow, ProblemRow
from ..source import Source
from ..source_opener import open_source
from .blobs import CHUNK_BYTES, BlobWriter
from .problems import problem_batch, unread, unreadable, unrecognised

SHORTER = "the file became shorter while it was read"


def unread_batches(source: Source, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Yield the batches of a source of unknown kind: it is kept whole, could not be read, or is only listed."""
    reason = source.reason or "not recognised"
    if source.is_kept:
        yield from keep_whole(source, unrecognised(artifact_id, reason), scratch)
        return
    batch = Batch(artifact_id, compressed_bytes=source.size_bytes)
    if source.is_fault:
        batch.add(unread(artifact_id, reason))
    status = LedgerStatus.UNREADABLE if source.is_fault else LedgerStatus.SKIPPED
    batch.add(LedgerRow(artifact_id, 1, 1, 0, source.size_bytes, status, reason))
    yield batch


def keep_whole(source: Source, problem: ProblemRow, scratch: Path) -> Iterator[Batch]:
    """Yield the batches of the problem and of the file's bytes as they are on disk; the ledger counts them as one line.

    Bytes appended to the file after the build began are left out. Bytes that cannot be read, or are missing since then,
    are a problem with the place where reading stopped.
    """
    # for the other kinds, the splits read before have put the file's lines into the ledger
    is_unread = source.kind in (ArtifactKind.UNKNOWN, ArtifactKind.ARCHIVE, ArtifactKind.RUN)
    artifact_id, expected = problem.artifact_id, source.size_bytes
    blob = BlobWriter(scratch)
    failure = _copy(source, blob)
    size, is_opened = blob.size, not isinstance(failure, OSError)
    if size or is_opened:
        problem = problem._replace(blob_sha256=blob.finish())
        yield from blob.batches(artifact_id)
    blob.close()
    batch = problem_batch(problem, compressed_bytes=expected if is_unread else 0)
    lost = None if failure is None else unreadable(artifact_id, failure, size)
    if lost is not None:
        batch.add(lost)
    if is_unread:
        ranges = [(size, LedgerStatus.SKIPPED, problem.error)] if size or is_opened else []
        if lost is not None:
            ranges.append((expected - size, LedgerStatus.UNREADABLE, lost.error))
        offset = 0
        for number, (length, status, reason) in enumerate(ranges, 1):
            batch.add(LedgerRow(artifact_id, number, number, offset, length, status, reason))
            offset += length
    yield batch


def _copy(source: Source, blob: BlobWriter) -> Exception | None:
    """Write the bytes that the source had when it was found into the blob; return what ended that too early, if any."""
    left = source.size_bytes
    try:
        with open_source(source, buffering=0) as stream:
            while left and (data := stream.read(min(left, CHUNK_BYTES))):
                blob.write(data)
                left -= len(data)
    except OSError as error:
        return error
    return EOFError(SHORTER) if left else None


def missed_range(source: Source, artifact_id: int, error: Exception | None) -> Iterator[Batch]:
    """Yield the problem of a split that could not be reached, if other readers of the file may not have met it.

    Damage in the file's bytes is reported by the reader of the split that contains it, so then there is no batch.
    """
    if error is not None and (getattr(error, "errno", None) is not None or _is_changed(source)):
        yield problem_batch(unreadable(artifact_id, error))


def _is_changed(source: Source) -> bool:
    """Return whether the file was changed, or replaced by another, since the build began."""
    try:
        status = os.stat(source.file, follow_symlinks=False)
    except OSError:
        return True
    is_other = source.identity is not None and not source.identity.is_of(status)
    return is_other or status.st_mtime_ns != source.modified_ns
