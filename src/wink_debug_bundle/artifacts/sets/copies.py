"""Read a source that repeats another one: account for its bytes, and keep those that the other one does not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...batch import Batch
from ...column_values import LedgerStatus, ProblemKind
from ...rows import DuplicateLinesRow, LedgerRow
from ..accounting.blobs import BlobWriter, KeptBlobs, read_chunks
from ..accounting.ledger import RAW_LIMIT
from ..accounting.problems import line_problem, member_problem, problem_batch, unreadable
from ..archives.archive_reader import ArchiveReader
from ..read_errors import UNREADABLE
from ..runs.manifest import inner_name
from ..source import Copy, Source
from ..source_opener import open_source
from ..streams.decompression import decompress
from ..zip.headers import Entry
from ..zip.members import Members


def copied_whole(source: Source, copy: Copy, artifact_id: int) -> Batch:
    """Return the batch of a file whose bytes are all in another one."""
    batch = Batch(artifact_id, line_count=1, compressed_bytes=source.size_bytes)
    batch.add(LedgerRow(artifact_id, 1, 1, 0, source.size_bytes, LedgerStatus.DUPLICATE, copy.reason))
    return batch


def copied_lines_batches(source: Source, copy: Copy, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Yield the batches of a file whose lines are in another one, except the last one if it is cut off."""
    count = copy.line_count or 0
    batch = Batch(artifact_id, line_count=count, compressed_bytes=source.size_bytes)
    if count:
        reason = copy.reason
        batch.add(LedgerRow(artifact_id, 1, count, 0, copy.line_bytes, LedgerStatus.DUPLICATE, reason))
        batch.add(DuplicateLinesRow(artifact_id, 1, count, 1))
    yield batch
    if copy.cut_bytes:
        yield from _cut_line(source, copy, artifact_id, scratch)


def _cut_line(source: Source, copy: Copy, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Yield the batches of the last line, which is whole in the other file only."""
    blob = BlobWriter(scratch)
    try:
        with open_source(source) as file, decompress(file, source.compression, source.limit) as stream:
            for _ in read_chunks(stream, copy.line_bytes):
                pass
            raw = stream.read(min(copy.cut_bytes, RAW_LIMIT))
            blob.write(raw)
            for chunk in read_chunks(stream, copy.cut_bytes - len(raw)):
                blob.write(chunk)
    except UNREADABLE as error:  # it could be read when the build was planned
        blob.close()
        yield problem_batch(unreadable(artifact_id, error, copy.line_bytes))
        return
    problem = line_problem(artifact_id, 1, copy.line_bytes, ProblemKind.MALFORMED, f"cut off: {copy.reason}")
    if blob.size > RAW_LIMIT:
        problem = problem._replace(blob_sha256=blob.finish())
        yield from blob.batches(artifact_id)
    else:
        problem = problem._replace(raw=raw)
        blob.close()
    batch = Batch(artifact_id, line_count=1, source_bytes=blob.size)
    batch.add(problem)
    batch.add(LedgerRow(artifact_id, 1, 1, copy.line_bytes, blob.size, LedgerStatus.MALFORMED, None))
    yield batch


class CopiedRunReader(ArchiveReader):
    """Reads a run that is imported from another zip or folder: its members are duplicates, or kept as bytes."""

    def __init__(self, archive: Members, copy: Copy, artifact_id: int, *, scratch: Path, kept: KeptBlobs) -> None:
        super().__init__(archive, "", artifact_id, None, scratch=scratch, kept=kept)
        self._copy = copy

    def _read_entry(self, entry: Entry, batch: Batch) -> Iterator[Batch] | None:
        """Add the member to the batch and return None, or return batches of its own."""
        if entry.number in (self._copy.members or ()):
            self._add_to_ledger(batch, entry, LedgerStatus.DUPLICATE, self._copy.reason)
            return None
        if entry.is_directory or entry.number in self._archive.left_out:
            return super()._read_entry(entry, batch)
        return self._keep_member(entry)

    def _keep_member(self, entry: Entry) -> Iterator[Batch]:
        """Yield the batches of a member that differs from the imported one: its bytes and a problem."""
        key = yield from self._stream(entry, BlobWriter(self._scratch))
        if key is None:
            return
        text = f"{self._copy.reason}, but this member is not the same there: its bytes are kept, and not imported"
        problem = member_problem(self._artifact_id, inner_name(entry), entry.offset, ProblemKind.CONFLICT, text)
        batch = Batch(self._artifact_id)
        batch.add(problem._replace(blob_sha256=key))
        self._add_to_ledger(batch, entry, LedgerStatus.SKIPPED, "differs from the imported member of that name")
        yield batch
