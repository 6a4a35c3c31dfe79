"""Read filesystem archives: zips whose members are an agent's files."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from pathlib import Path

from ...batch import Batch
from ...column_values import LedgerStatus, ProblemKind
from ...rows import FileRow, LedgerRow, ProblemRow
from ...run_rows import RunMemberRow
from ..accounting.blobs import BlobWriter, KeptBlobs, StoredBlob, keep_bytes, read_chunks
from ..accounting.ledger import add_range
from ..accounting.problems import member_problem, unreadable
from ..lossless_json import clean
from ..read_errors import UNREADABLE_ZIP
from ..source import over_limit
from ..zip.headers import Entry
from ..zip.members import Members
from .byte_ranges import range_of
from .unread_members import problem_with_bytes, unreadable_member

TEXT_LIMIT = 1 << 20
"""Size in bytes from which text is stored as a blob, as the specification says."""

BATCH_BYTES = 8 << 20
"""Decompressed bytes after which a batch of members is complete."""

BATCH_MEMBERS = 2000
"""Most members in a batch."""

OWN_ARTIFACT = LedgerStatus.OWN_ARTIFACT, "an artifact of its own"
"""Ledger status and reason of a member that is read as an artifact of its own."""

FOLDER = "a directory"
"""Ledger reason for a skipped member that is a directory: it has no content."""


class ArchiveReader:
    """Reads the members of one open archive into batches.

    Small members share a batch; a large one is streamed into a blob and gets batches of its own. `kept` holds the
    hashes of the blobs that were stored before and need not be stored again; the reader adds those that it stores.
    Members whose numbers are in `inner` are artifacts of their own, and are read as such.
    """

    def __init__(
        self,
        archive: Members,
        archive_id: str,
        artifact_id: int,
        session_id: str | None,
        *,
        scratch: Path,
        kept: KeptBlobs,
        inner: frozenset[int] = frozenset(),
    ) -> None:
        self._archive = archive
        self._inner = inner
        self._archive_id = archive_id
        self._artifact_id = artifact_id
        self._session_id = session_id
        self._scratch = scratch
        self._kept = kept

    def batches(self, first: int, last: int | None) -> Iterator[Batch]:
        """Yield batches of the members from number `first` to `last` (the last member if None), counted from 1.

        If the zip is rewritten meanwhile, so that a member is not in its directory any more, the last batch says so.
        """
        batch = Batch(self._artifact_id)
        entries = self._archive.entries
        for index in range(first - 1, len(entries) if last is None else min(last, len(entries))):
            try:
                entry = entries[index]
            except UNREADABLE_ZIP as error:
                batch.add(unreadable(self._artifact_id, error))
                break
            if (own_batches := self._read_entry(entry, batch)) is not None:
                yield batch
                yield from own_batches
                batch = Batch(self._artifact_id)
            elif batch.source_bytes > BATCH_BYTES or batch.record_count >= BATCH_MEMBERS:
                yield batch
                batch = Batch(self._artifact_id)
        yield batch

    def _read_entry(self, entry: Entry, batch: Batch) -> Iterator[Batch] | None:
        """Add the member to the batch and return None, or return batches of its own."""
        if entry.has_odd_name:
            batch.add(self._name_problem(entry))
        if entry.number in self._archive.left_out:
            return self._skip_over_limit(entry)
        if (skipped := self._skipped(entry)) is not None:
            self._add_to_ledger(batch, entry, *skipped)
        elif entry.size >= TEXT_LIMIT:
            return self._stream_large(entry)
        elif (error := self._read_small(entry, batch)) is not None:
            return self._unreadable(entry, error)
        return None

    def _skipped(self, entry: Entry) -> tuple[LedgerStatus, str] | None:
        """Return the status and reason of a member that this reader does not read; None for one that it reads."""
        if entry.number in self._inner:
            return OWN_ARTIFACT
        return (LedgerStatus.SKIPPED, FOLDER) if entry.is_directory and self._is_readable(entry) else None

    def _is_readable(self, entry: Entry) -> bool:
        """Return whether the member can be read; for a directory, whether its header is where the zip says."""
        try:
            self._archive.read(entry)
        except UNREADABLE_ZIP:
            return False
        return True

    def _read_small(self, entry: Entry, batch: Batch) -> Exception | None:
        """Add a member that fits in memory to the batch; return the error if it cannot be read."""
        try:
            data = self._archive.read(entry)
        except UNREADABLE_ZIP as error:
            return error
        self._add_data(entry, data, batch)
        return None

    def _add_data(self, entry: Entry, data: bytes, batch: Batch) -> None:
        """Add a member with the decompressed bytes `data` to the batch."""
        content = _utf8_text(data)
        if content is None:
            sha256 = self._store_blob(batch, data)
            row = self._row(entry, len(data), sha256, None, is_binary=True)
        else:
            row = self._row(entry, len(data), hashlib.sha256(data).hexdigest(), content, is_binary=False)
        self._add(batch, entry, row)

    def _stream_large(self, entry: Entry) -> Iterator[Batch]:
        """Yield batches of a member that may not fit in memory; one that was stored before is not compressed again."""
        stored = self._kept.large.get((entry.size, entry.crc))
        if stored is not None and stored.sha256 == self._sha256_of(entry):
            yield from stored.batches(self._artifact_id)
            yield self._large_batch(entry, stored)
            return
        blob = BlobWriter(self._scratch)
        if (yield from self._stream(entry, blob)) is not None:
            stored = self._kept.large[entry.size, entry.crc] = blob.stored()
            yield self._large_batch(entry, stored)

    def _large_batch(self, entry: Entry, stored: StoredBlob) -> Batch:
        batch = Batch(self._artifact_id)
        self._add(batch, entry, self._row(entry, entry.size, stored.sha256, None, is_binary=not stored.is_text))
        return batch

    def _sha256_of(self, entry: Entry) -> str | None:
        """Return the SHA-256 of a member; None if it cannot be read."""
        digest = hashlib.sha256()
        try:
            for chunk in read_chunks(self._archive.open(entry)):
                digest.update(chunk)
        except UNREADABLE_ZIP:
            return None
        return digest.hexdigest()

    def _stream(self, entry: Entry, blob: BlobWriter) -> Generator[Batch, None, str | None]:
        """Yield the batches of a blob with the member's bytes, and return its hash; None if the member is unreadable."""
        try:
            for chunk in read_chunks(self._archive.open(entry)):
                blob.write(chunk)
        except UNREADABLE_ZIP as error:
            blob.close()
            yield from self._unreadable(entry, error)
            return None
        sha256 = blob.finish()
        yield from blob.batches(self._artifact_id, known=sha256 in self._kept)
        self._kept.add(sha256)
        return sha256

    def _store_blob(self, batch: Batch, data: bytes) -> str:
        """Add `data` to the batch as a blob, unless the same bytes were stored before; return the blob's SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self._kept:
            self._kept.add(sha256)
            keep_bytes(batch, data)
        return sha256

    def _row(
        self, entry: Entry, size: int, sha256: str | None, content: str | None, *, is_binary: bool
    ) -> FileRow | RunMemberRow:
        """Return the row of a member; `content` is its text, or None if a blob holds its bytes.

        Without `sha256`, it could not be read.
        """
        return FileRow(
            archive_id=self._archive_id,
            session_id=self._session_id,
            path=self._path(entry),
            size_bytes=size,
            content=content,
            is_binary=int(is_binary),
            artifact_id=self._artifact_id,
            member=entry.number,
            sha256=sha256,
            modified_at=entry.modified,
            mode=entry.mode or None,
        )

    def _path(self, entry: Entry) -> str:
        """Return the path of a file in the table `files`."""
        return clean(entry.name)

    def _add(self, batch: Batch, entry: Entry, row: FileRow | RunMemberRow) -> None:
        batch.add(row)
        batch.record_count += 1
        self._add_to_ledger(batch, entry, LedgerStatus.IMPORTED)

    def _unreadable(self, entry: Entry, error: Exception) -> Iterator[Batch]:
        """Yield batches of a member that cannot be read."""
        yield from unreadable_member(self._archive, entry, self._artifact_id, error, self._scratch)
        batch = self._unread_batch(entry)
        self._add_to_ledger(batch, entry, LedgerStatus.UNREADABLE)
        yield batch

    def _skip_over_limit(self, entry: Entry) -> Iterator[Batch]:
        """Yield batches of a member that would exceed the limit of decompressed bytes; its compressed bytes are stored."""
        error = over_limit(self._archive.limit, f"it would decompress to {entry.size} bytes")
        problem = member_problem(self._artifact_id, entry.name, entry.offset, ProblemKind.EXPANSION, error)
        yield from problem_with_bytes(problem, self._archive.own_bytes(entry), self._scratch)
        batch = self._unread_batch(entry)
        self._add_to_ledger(batch, entry, LedgerStatus.SKIPPED, "it would decompress to more bytes than are allowed")
        yield batch

    def _unread_batch(self, entry: Entry) -> Batch:
        """Return a batch with the row of a member that was not read, unless it is a directory."""
        batch = Batch(self._artifact_id)
        if not entry.is_directory:
            batch.add(self._row(entry, entry.size, None, None, is_binary=False))
        return batch

    def _name_problem(self, entry: Entry) -> ProblemRow:
        error = "its name is flagged as UTF-8, but is not valid UTF-8"
        kind, raw = ProblemKind.MALFORMED, entry.raw_name
        return member_problem(self._artifact_id, entry.name, entry.offset, kind, error, raw=raw)

    def _add_to_ledger(self, batch: Batch, entry: Entry, status: LedgerStatus, reason: str | None = None) -> None:
        batch.source_bytes += entry.size
        batch.compressed_bytes += min(entry.compressed_size, entry.end - entry.offset)
        offset, length = range_of(self._archive, entry)
        add_range(batch, LedgerRow(self._artifact_id, entry.number, entry.number, offset, length, status, reason))


def _utf8_text(data: bytes) -> str | None:
    """Return `data` as text; None if it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
