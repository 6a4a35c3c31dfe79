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
from .blobs import BlobWriter, keep_bytes, stream_pieces
from .jsontext import clean
from .lines import IMPORTED, add_run

TEXT_LIMIT = 1 << 20
"""Text of this size or more is stored as a blob, as the specification says."""

BATCH_BYTES = 8 << 20
BATCH_MEMBERS = 2000

UNREADABLE, SKIPPED = "unreadable", "skipped"

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
    """Reads the members of one archive into batches.

    Members small enough are gathered in a batch; a larger one streams through a blob of its own.
    """

    def __init__(self, path: Path, name: str, artifact_id: int, session_id: str | None, scratch: Path) -> None:
        self._path = path
        self._archive_id = Path(name).stem
        self._artifact_id = artifact_id
        self._session_id = session_id
        self._scratch = scratch
        self._kept: set[str] = set()

    def batches(self, first: int, last: int | None) -> Iterator[Batch]:
        """Batches of the members from number `first` to `last` (to the end if None), counted from 1.

        Raises:
            one of DAMAGE: the archive itself cannot be opened; damaged members are problems instead.
        """
        with zipfile.ZipFile(self._path) as archive:
            batch = Batch(self._artifact_id)
            for number, info in list(enumerate(archive.infolist(), 1))[first - 1 : last]:
                if info.is_dir():
                    self._account(batch, number, 0, SKIPPED, "a directory")
                elif info.file_size >= TEXT_LIMIT:
                    yield batch
                    yield from self._stream(archive, info, number)
                    batch = Batch(self._artifact_id)
                else:
                    self._read(archive, info, number, batch)
                if batch.source_bytes > BATCH_BYTES or batch.record_count >= BATCH_MEMBERS:
                    yield batch
                    batch = Batch(self._artifact_id)
            yield batch

    def _read(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, number: int, batch: Batch) -> None:
        """Add a member that fits in memory."""
        try:
            with archive.open(info) as member:
                data = member.read()
        except DAMAGE as error:
            self._unreadable(batch, info, number, error)
            return
        content = _text(data)
        if content is None or len(data) >= TEXT_LIMIT:
            sha256 = self._keep(batch, data)
            row = self._row(info, number, len(data), sha256, None, is_binary=content is None)
        else:
            row = self._row(info, number, len(data), hashlib.sha256(data).hexdigest(), content, is_binary=False)
        self._add(batch, row)

    def _stream(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, number: int) -> Iterator[Batch]:
        """Batches of a member that may not fit in memory."""
        blob = BlobWriter(self._scratch)
        batch = Batch(self._artifact_id)
        try:
            with archive.open(info) as member:
                for piece in stream_pieces(member):
                    blob.write(piece)
        except DAMAGE as error:
            blob.close()
            self._unreadable(batch, info, number, error)
            yield batch
            return
        sha256 = blob.finish()
        yield from blob.batches(self._artifact_id)
        self._add(batch, self._row(info, number, blob.size, sha256, None, is_binary=not blob.is_text))
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
    ) -> FileRow:
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

    def _add(self, batch: Batch, row: FileRow) -> None:
        batch.add(row)
        batch.record_count += 1
        batch.source_bytes += row.size_bytes
        self._account(batch, row.member, row.size_bytes, IMPORTED)

    def _unreadable(self, batch: Batch, info: zipfile.ZipInfo, number: int, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"
        batch.add(ProblemRow(self._artifact_id, None, clean(info.filename), None, UNREADABLE, clean(text), None, None))
        self._account(batch, number, info.file_size, UNREADABLE)

    def _account(self, batch: Batch, number: int, size: int, fate: str, reason: str | None = None) -> None:
        add_run(batch, LedgerRow(self._artifact_id, number, number, 0, size, fate, reason))


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
