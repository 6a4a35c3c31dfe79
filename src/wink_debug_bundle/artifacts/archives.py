"""Filesystem archives: zip files whose members are the agent's files."""

from __future__ import annotations

import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..records import Batch, FileRow, LedgerRow, ProblemRow
from ..run_records import RunMemberRow
from .blobs import BlobWriter, keep_bytes, stream_pieces
from .jsontext import clean, integer_or_none
from .layout import entry_of, layout_of, read_extent
from .lines import IMPORTED, SKIPPED, add_run

TEXT_LIMIT = 1 << 20
"""Text of this size or more is stored as a blob, as the specification says."""

BATCH_BYTES = 8 << 20
BATCH_MEMBERS = 2000

UNREADABLE = "unreadable"

DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,  # a compression method that this Python lacks
    RuntimeError,  # an encrypted member
    EOFError,
    OSError,
    ValueError,
    IndexError,  # an empty name, before Python 3.12
    zlib.error,
    lzma.LZMAError,
)
"""What opening or reading a damaged or unusual archive raises."""


class ArchiveReader:
    """Reads the members of one open archive into batches.

    Members small enough are gathered in a batch; a larger one streams through a blob of its own. `kept` holds the
    hashes of blobs that need not be made again, and is added to.
    """

    def __init__(
        self,
        archive: zipfile.ZipFile,
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
        for number, info in enumerate(self._archive.infolist()[first - 1 : last], first):
            if (unread := self._unread(info)) is not None:
                self._account(batch, info, number, *unread)
            elif info.file_size >= TEXT_LIMIT:
                yield batch
                yield from self._stream(info, number)
                batch = Batch(self._artifact_id)
            elif (error := self._read(info, number, batch)) is not None:
                yield batch
                yield from self._unreadable(info, number, error)
                batch = Batch(self._artifact_id)
            if batch.source_bytes > BATCH_BYTES or batch.record_count >= BATCH_MEMBERS:
                yield batch
                batch = Batch(self._artifact_id)
        yield batch

    def _unread(self, info: zipfile.ZipInfo) -> tuple[str, str] | None:
        """The fate of a member that is not read here, and why; None for one that is."""
        return (SKIPPED, "a directory") if is_folder(info) else None

    def _read(self, info: zipfile.ZipInfo, number: int, batch: Batch) -> Exception | None:
        """Add a member that fits in memory; return what is wrong with one that cannot be read."""
        try:
            with self._archive.open(info) as member:
                data = member.read()
        except DAMAGE as error:
            return error
        self._take(info, number, data, batch)
        return None

    def _take(self, info: zipfile.ZipInfo, number: int, data: bytes, batch: Batch) -> None:
        """Add a member whose bytes are `data`."""
        content = _text(data)
        if content is None or len(data) >= TEXT_LIMIT:
            sha256 = self._keep(batch, data)
            row = self._row(info, number, len(data), sha256, None, is_binary=content is None)
        else:
            row = self._row(info, number, len(data), hashlib.sha256(data).hexdigest(), content, is_binary=False)
        self._add(batch, info, number, row)

    def _stream(self, info: zipfile.ZipInfo, number: int) -> Iterator[Batch]:
        """Batches of a member that may not fit in memory."""
        blob = BlobWriter(self._scratch)
        batch = Batch(self._artifact_id)
        try:
            with self._archive.open(info) as member:
                for piece in stream_pieces(member):
                    blob.write(piece)
        except DAMAGE as error:
            blob.close()
            yield from self._unreadable(info, number, error)
            return
        sha256 = blob.finish()
        yield from blob.batches(self._artifact_id, known=sha256 in self._kept)
        self._kept.add(sha256)
        self._add(batch, info, number, self._row(info, number, blob.size, sha256, None, is_binary=not blob.is_text))
        yield batch

    def _keep(self, batch: Batch, data: bytes) -> str:
        """Keep `data` as a blob, unless this reader has kept the same bytes before; return its key."""
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self._kept:
            self._kept.add(sha256)
            keep_bytes(batch, data)
        return sha256

    def _row(
        self, info: zipfile.ZipInfo, number: int, size: int, sha256: str, content: str | None, *, is_binary: bool
    ) -> FileRow | RunMemberRow:
        """The row of a member whose bytes were read; `content` is their text where that is stored in the row."""
        return FileRow(
            archive_id=self._archive_id,
            session_id=self._session_id,
            path=clean(info.filename),
            size_bytes=size,
            content=content,
            is_binary=int(is_binary),
            artifact_id=self._artifact_id,
            member=number,
            sha256=sha256,
            modified_at=_modified(info),
            mode=info.external_attr >> 16 or None,
        )

    def _add(self, batch: Batch, info: zipfile.ZipInfo, number: int, row: FileRow | RunMemberRow) -> None:
        batch.add(row)
        batch.record_count += 1
        self._account(batch, info, number, IMPORTED)

    def _unreadable(self, info: zipfile.ZipInfo, number: int, error: Exception) -> Iterator[Batch]:
        """Batches of a member that cannot be read."""
        yield from unreadable_member(self._archive, info, self._artifact_id, error, self._scratch)
        batch = Batch(self._artifact_id)
        self._account(batch, info, number, UNREADABLE)
        yield batch

    def _account(self, batch: Batch, info: zipfile.ZipInfo, number: int, fate: str, reason: str | None = None) -> None:
        batch.source_bytes += info.file_size
        batch.packed_bytes += info.compress_size
        offset, length = layout_of(self._archive).members[number - 1]
        add_run(batch, LedgerRow(self._artifact_id, number, number, offset, length, fate, reason))


def unreadable_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, artifact_id: int, error: Exception, scratch: Path
) -> Iterator[Batch]:
    """Batches of a member that cannot be read: its entry, as it lies in the archive, is kept with the problem."""
    blob = BlobWriter(scratch)
    if archive.fp is not None:
        for piece in read_extent(archive.fp, entry_of(archive.fp, info)):
            blob.write(piece)
    key = blob.finish()
    yield from blob.batches(artifact_id)
    text = clean(f"{type(error).__name__}: {error}")
    batch = Batch(artifact_id)
    offset = integer_or_none(info.header_offset)
    batch.add(ProblemRow(artifact_id, None, clean(info.filename), offset, UNREADABLE, text, None, key))
    yield batch


def is_folder(info: zipfile.ZipInfo) -> bool:
    """Whether the member is a directory; unlike `ZipInfo.is_dir` it bears an empty name."""
    return info.filename.endswith("/")


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _modified(info: zipfile.ZipInfo) -> str | None:
    """The member's time of change; None where its fields are no date."""
    try:
        return datetime(*info.date_time).isoformat()  # noqa: DTZ001 zip files do not record a zone
    except ValueError:
        return None
