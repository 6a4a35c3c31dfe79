"""Files that are kept as they are, because they cannot be read, or are nothing that is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...column_values import ArtifactKind, LedgerStatus
from ...rows import Batch, LedgerRow, ProblemRow
from ..source import Source
from .blobs import BlobWriter, stream_pieces
from .problems import problem_batch, unreadable

SHORTER = "the file became shorter while it was read"


def keep_whole(source: Source, problem: ProblemRow, scratch: Path) -> Iterator[Batch]:
    """Batches of the problem with the file's bytes, as they lie on disk; the ledger counts them as one line.

    What is appended to the file after the build began is left out; what is gone of it since then is told.
    """
    is_first_look = source.kind in (ArtifactKind.UNKNOWN, ArtifactKind.ARCHIVE, ArtifactKind.RUN)
    artifact_id, expected = problem.artifact_id, source.size_bytes
    size, status = expected, LedgerStatus.UNREADABLE
    blob = BlobWriter(scratch)
    try:
        if source.openable and source.path.is_file():  # opening a pipe would wait for its other end
            with source.path.open("rb") as stream:
                for data in stream_pieces(stream, expected):
                    blob.write(data)
            problem = problem._replace(blob_sha256=blob.finish())
            size, status = blob.size, LedgerStatus.SKIPPED
    except OSError:
        pass
    if problem.blob_sha256 is not None:
        yield from blob.batches(artifact_id)
    blob.close()
    batch = problem_batch(problem, compressed_bytes=expected if is_first_look else 0)
    if is_first_look:
        batch.add(LedgerRow(artifact_id, 1, 1, 0, size, status, problem.error))
        if size < expected:
            shorter = unreadable(artifact_id, EOFError(SHORTER), size)
            batch.add(shorter)
            batch.add(LedgerRow(artifact_id, 2, 2, size, expected - size, LedgerStatus.UNREADABLE, shorter.error))
    yield batch


def missed_range(source: Source, artifact_id: int, error: Exception | None) -> Iterator[Batch]:
    """A batch that tells why a stretch could not be reached, if other readers of the file may have met something else.

    Damage in the file's bytes is told by whoever reads the stretch that it is in, and there is no batch.
    """
    if error is not None and (getattr(error, "errno", None) is not None or _is_changed(source)):
        yield problem_batch(unreadable(artifact_id, error))


def _is_changed(source: Source) -> bool:
    """Whether the file is another than when the build began."""
    try:
        return source.path.stat().st_mtime_ns != source.modified_ns
    except OSError:
        return True
