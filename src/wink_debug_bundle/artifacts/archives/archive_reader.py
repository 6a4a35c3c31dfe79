"""Filesystem archives: zip files whose members are the agent's files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...column_values import LedgerStatus, ProblemKind
from ...rows import Batch, FileRow, LedgerRow, ProblemRow
from ...run_rows import RunMemberRow
from ..accounting.blobs import BlobWriter, keep_bytes, read_chunks
from ..accounting.ledger import add_range
from ..accounting.problems import member_problem, reason_of
from ..lossless_json import clean
from ..read_errors import UNREADABLE_ZIP
from ..source import over_limit
from ..zip.archive import Zip
from ..zip.headers import Entry
from .byte_ranges import byte_ranges_of

TEXT_LIMIT = 1 << 20
"""Text of this size or more is stored as a blob, as the specification says."""

BATCH_BYTES = 8 << 20
BATCH_MEMBERS = 2000

FOLDER = "a directory"
"""Reason of a member that is skipped because there is nothing to it but its name."""


class ArchiveReader:
    """Reads the members of one open archive into batches.

    Members small enough are gathered in a batch; a larger one streams through a blob of its own. `kept` holds the
    hashes of blobs that need not be made again, and is added to.
    """

    def __init__(
        self,
        archive: Zip,
        archive_id: str,
        artifact_id: int,
        session_id: str | None,
        *,
        scratch: Path,
        kept: set[str],
    ) -> None:
        self._archive = archive
        self._archive_id = archive_id
        self._artifact_id = artifact_id
        self._session_id = session_id
        self._scratch = scratch
        self._kept = kept

    def batches(self, first: int, last: int | None) -> Iterator[Batch]:
        """Batches of the members from number `first` to `last` (to the end if None), counted from 1."""
        batch = Batch(self._artifact_id)
        for entry in self._archive.entries[first - 1 : last]:
            if (large := self._member(entry, batch)) is not None:
                yield batch
                yield from large
                batch = Batch(self._artifact_id)
            elif batch.source_bytes > BATCH_BYTES or batch.record_count >= BATCH_MEMBERS:
                yield batch
                batch = Batch(self._artifact_id)
        yield batch

    def _member(self, entry: Entry, batch: Batch) -> Iterator[Batch] | None:
        """Add the member to the batch, or give batches of its own."""
        if entry.has_odd_name:
            batch.add(self._odd_name(entry))
        if entry.number in self._archive.left_out:
            return self._leave_out(entry)
        if (unread := self._unread(entry)) is not None:
            self._add_to_ledger(batch, entry, *unread)
        elif entry.size >= TEXT_LIMIT:
            return self._stream(entry)
        elif (error := self._read(entry, batch)) is not None:
            return self._unreadable(entry, error)
        return None

    def _unread(self, entry: Entry) -> tuple[LedgerStatus, str] | None:
        """The status of a member that is not read here, and why; None for one that is."""
        return (LedgerStatus.SKIPPED, FOLDER) if entry.is_directory and self._is_sound(entry) else None

    def _is_sound(self, entry: Entry) -> bool:
        """Whether the member can be read; of a folder, whether the bytes at its place are its own header at all."""
        try:
            self._archive.read(entry)
        except UNREADABLE_ZIP:
            return False
        return True

    def _read(self, entry: Entry, batch: Batch) -> Exception | None:
        """Add a member that fits in memory; return what is wrong with one that cannot be read."""
        try:
            data = self._archive.read(entry)
        except UNREADABLE_ZIP as error:
            return error
        self._take(entry, data, batch)
        return None

    def _take(self, entry: Entry, data: bytes, batch: Batch) -> None:
        """Add a member whose bytes are `data`."""
        content = _text(data)
        if content is None:
            sha256 = self._keep(batch, data)
            row = self._row(entry, len(data), sha256, None, is_binary=True)
        else:
            row = self._row(entry, len(data), hashlib.sha256(data).hexdigest(), content, is_binary=False)
        self._add(batch, entry, row)

    def _stream(self, entry: Entry) -> Iterator[Batch]:
        """Batches of a member that may not fit in memory."""
        blob = BlobWriter(self._scratch)
        batch = Batch(self._artifact_id)
        try:
            for piece in read_chunks(self._archive.open(entry)):
                blob.write(piece)
        except UNREADABLE_ZIP as error:
            blob.close()
            yield from self._unreadable(entry, error)
            return
        sha256 = blob.finish()
        yield from blob.batches(self._artifact_id, known=sha256 in self._kept)
        self._kept.add(sha256)
        self._add(batch, entry, self._row(entry, blob.size, sha256, None, is_binary=not blob.is_text))
        yield batch

    def _keep(self, batch: Batch, data: bytes) -> str:
        """Keep `data` as a blob, unless this reader has kept the same bytes before; return its key."""
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self._kept:
            self._kept.add(sha256)
            keep_bytes(batch, data)
        return sha256

    def _row(
        self, entry: Entry, size: int, sha256: str, content: str | None, *, is_binary: bool
    ) -> FileRow | RunMemberRow:
        """The row of a member whose bytes were read; `content` is their text where that is stored in the row."""
        return FileRow(
            archive_id=self._archive_id,
            session_id=self._session_id,
            path=clean(entry.name),
            size_bytes=size,
            content=content,
            is_binary=int(is_binary),
            artifact_id=self._artifact_id,
            member=entry.number,
            sha256=sha256,
            modified_at=entry.modified,
            mode=entry.mode or None,
        )

    def _add(self, batch: Batch, entry: Entry, row: FileRow | RunMemberRow) -> None:
        batch.add(row)
        batch.record_count += 1
        self._add_to_ledger(batch, entry, LedgerStatus.IMPORTED)

    def _unreadable(self, entry: Entry, error: Exception) -> Iterator[Batch]:
        """Batches of a member that cannot be read."""
        yield from unreadable_member(self._archive, entry, self._artifact_id, error, self._scratch)
        batch = Batch(self._artifact_id)
        self._add_to_ledger(batch, entry, LedgerStatus.UNREADABLE)
        yield batch

    def _leave_out(self, entry: Entry) -> Iterator[Batch]:
        """Batches of a member that would unpack to too much: it is kept as it lies in the archive."""
        error = over_limit(self._archive.limit, f"it would unpack to {entry.size} bytes")
        problem = member_problem(self._artifact_id, entry.name, entry.offset, ProblemKind.EXPANSION, error)
        yield from kept_with(problem, self._archive.own_bytes(entry), self._scratch)
        batch = Batch(self._artifact_id)
        self._add_to_ledger(batch, entry, LedgerStatus.SKIPPED, "it would unpack to more than is allowed")
        yield batch

    def _odd_name(self, entry: Entry) -> ProblemRow:
        error = "its name is said to be UTF-8, and is not"
        kind, raw = ProblemKind.MALFORMED, entry.raw_name
        return member_problem(self._artifact_id, entry.name, entry.offset, kind, error, raw=raw)

    def _add_to_ledger(self, batch: Batch, entry: Entry, status: LedgerStatus, reason: str | None = None) -> None:
        batch.source_bytes += entry.size
        batch.compressed_bytes += min(entry.compressed_size, entry.end - entry.offset)
        offset, length = byte_ranges_of(self._archive).members[entry.number - 1]
        add_range(batch, LedgerRow(self._artifact_id, entry.number, entry.number, offset, length, status, reason))


def unreadable_member(archive: Zip, entry: Entry, artifact_id: int, error: Exception, scratch: Path) -> Iterator[Batch]:
    """Batches of a member that cannot be read: its entry, as it lies in the archive, is kept with the problem."""
    problem = member_problem(artifact_id, entry.name, entry.offset, ProblemKind.UNREADABLE, reason_of(error))
    yield from kept_with(problem, archive.own_bytes(entry), scratch)


def kept_with(problem: ProblemRow, pieces: Iterable[bytes], scratch: Path) -> Iterator[Batch]:
    """Batches of a problem and its bytes, which are a blob; of none, if there are none or they cannot be had."""
    blob = BlobWriter(scratch)
    try:
        for piece in pieces:
            blob.write(piece)
    except OSError:
        pass  # as far as they could be had
    if blob.size:
        problem = problem._replace(blob_sha256=blob.finish())
        yield from blob.batches(problem.artifact_id)
    else:
        blob.close()
    batch = Batch(problem.artifact_id)
    batch.add(problem)
    yield batch


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
