"""Read files and blobs back out of a bundle, a chunk at a time."""

from __future__ import annotations

import hashlib
import io
import sqlite3
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import zstandard

from ..errors import BundleError, DamagedBundleError
from .suggestions import suggestions

_CANDIDATES = """
SELECT artifacts.path, files.archive_id, files.content, files.sha256, files.member
FROM files JOIN artifacts ON artifacts.id = files.artifact_id
WHERE files.path = :path AND (:archive IS NULL OR :archive IN (files.archive_id, artifacts.path))
ORDER BY files.artifact_id, files.member
"""

_CHUNK_LIMIT = 1 << 24
"""Unpacked bytes that a chunk may claim to hold; ours hold 1 MiB."""


class _Stored(NamedTuple):
    """One file of a bundle."""

    artifact: str
    archive_id: str
    content: str | None
    sha256: str
    member: int


def open_file(connection: sqlite3.Connection, path: str, archive: str | None = None) -> BinaryIO:
    """The bytes of the file `path` of an archive, as a stream.

    Args:
        connection: The bundle.
        path: Path of the file in its archive.
        archive: The archive's id or its path, where several hold a file of that path.

    Raises:
        BundleError: there is no such file, or several archives hold one.
    """
    found = [_Stored(*row) for row in connection.execute(_CANDIDATES, {"path": path, "archive": archive})]
    if not found:
        raise BundleError(_missing(connection, path, archive))
    archives = sorted({stored.artifact for stored in found})
    if len(archives) > 1:
        raise BundleError(f"{path}: {len(archives)} archives hold it; name one of them: {', '.join(archives[:10])}")
    last = found[-1]  # of a name that stands twice in one archive, unpacking leaves the last
    return open_blob(connection, last.sha256) if last.content is None else io.BytesIO(last.content.encode())


def open_blob(connection: sqlite3.Connection, sha256: str) -> BinaryIO:
    """The bytes of a blob, as a stream.

    Raises:
        BundleError: there is no such blob.
    """
    row = connection.execute("SELECT chunk_count FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        raise BundleError(f"{sha256}: the bundle has no such blob")
    return io.BufferedReader(_BlobStream(_chunks(connection, sha256, row[0])), buffer_size=1 << 20)


class _BlobStream(io.RawIOBase):
    """A blob's chunks, read one after the other."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._ready = chunk
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def _chunks(connection: sqlite3.Connection, sha256: str, count: int) -> Iterator[bytes]:
    """The unpacked chunks.

    Raises:
        DamagedBundleError: a chunk is missing or damaged, or together they are not what the blob was made of.
    """
    decompressor = zstandard.ZstdDecompressor()
    query = "SELECT data FROM blob_chunks WHERE sha256 = ? AND seq = ? AND typeof(data) = 'blob'"
    found = hashlib.sha256()
    for seq in range(count):
        row = connection.execute(query, (sha256, seq)).fetchone()
        try:
            if row is None or zstandard.get_frame_parameters(row[0]).content_size > _CHUNK_LIMIT:
                raise DamagedBundleError(f"blob {sha256}: chunk {seq} of {count} is missing or damaged")
            chunk = decompressor.decompress(row[0], allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise DamagedBundleError(f"blob {sha256}: chunk {seq} of {count} is damaged: {error}") from None
        found.update(chunk)
        yield chunk
    if found.hexdigest() != sha256:
        raise DamagedBundleError(f"blob {sha256}: its chunks are not all there, or not its own")


def _missing(connection: sqlite3.Connection, path: str, archive: str | None) -> str:
    """What to say where no file has that path: the paths that are nearest to it."""
    paths = [known for (known,) in connection.execute("SELECT DISTINCT path FROM files ORDER BY path LIMIT 10000")]
    near = suggestions(path, paths)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    where = f"archive {archive} has" if archive else "the bundle has"
    return f"{path}: {where} no file of that path{hint}"
