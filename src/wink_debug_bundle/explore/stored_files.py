"""Read files and blobs out of a bundle as streams, one chunk at a time."""

from __future__ import annotations

import hashlib
import io
import sqlite3
from collections.abc import Iterator
from typing import BinaryIO

import zstandard

from ..artifacts.accounting.blobs import CHUNK_BYTES
from ..errors import BundleError, DamagedBundleError
from .expansion import Budget, current_budget
from .file_choice import ANY, FileChoice, find_files, known_paths
from .suggestions import suggestions

_ARTIFACT = "SELECT kind, blob_sha256 FROM artifacts WHERE path = ?"
_REASONS = """
SELECT error FROM problems
WHERE
    artifact_id = :artifact
    AND member IN (:path, 'debug_bundle/filesystem/' || :path)
    AND kind IN ('unreadable', 'expansion')
ORDER BY id DESC
"""


def open_file(
    connection: sqlite3.Connection, path: str, choice: FileChoice = ANY, budget: Budget | None = None
) -> BinaryIO:
    """Return the bytes of the file `path` of an archive, as a stream.

    Args:
        connection: An open bundle.
        path: Path of the file in its archive.
        choice: Which archive; needed where several hold a file with that path.
        budget: How many bytes may come out.

    Raises:
        BundleError: there is no such file, or several archives hold one.
    """
    choice = choice.settled(connection)
    found = find_files(connection, path, choice)
    if not found:
        raise BundleError(_missing_file_message(connection, path, choice))
    last = found[-1]  # where an archive has a name twice, extracting it leaves the last file
    if last.sha256 is None:
        reason = connection.execute(_REASONS, {"artifact": last.artifact_id, "path": path}).fetchone()
        why = reason[0] if reason else "for an unknown reason"
        raise BundleError(f"{path}: it could not be read when the bundle was built: {why}")
    return open_blob(connection, last.sha256, budget) if last.content is None else io.BytesIO(last.content.encode())


def open_blob(connection: sqlite3.Connection, sha256: str, budget: Budget | None = None) -> BinaryIO:
    """Return the bytes of a blob, as a stream; without a `budget`, that of the running block counts.

    Raises:
        BundleError: there is no such blob.
    """
    row = connection.execute("SELECT chunk_count, size_bytes FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        raise BundleError(f"{sha256}: the bundle has no such blob")
    chunks = _chunks(connection, sha256, row[0], row[1], budget or current_budget())
    return io.BufferedReader(_BlobStream(chunks), buffer_size=1 << 20)


class _BlobStream(io.RawIOBase):
    """A raw stream over the chunks of a blob."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._unread = b""

    def readable(self) -> bool:
        """Return True: the stream can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer from the current chunk, and return how many bytes were written."""
        while not self._unread:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._unread = chunk
        count = min(len(buffer), len(self._unread))
        buffer[:count] = self._unread[:count]
        self._unread = self._unread[count:]
        return count


def _chunks(
    connection: sqlite3.Connection, sha256: str, count: int, size: int, budget: Budget | None
) -> Iterator[bytes]:
    """Yield the decompressed chunks of a blob of `size` bytes.

    Raises:
        DamagedBundleError: a chunk is missing or damaged, or the chunks together do not have the blob's hash.
    """
    digest = hashlib.sha256()
    for seq in range(count):
        frame, claimed = _frame(connection, sha256, seq, count)
        size -= claimed
        if size < 0:
            raise DamagedBundleError(f"blob {sha256}: its chunks hold more bytes than its size says")
        if budget is not None:
            budget.spend(claimed)
        chunk = _decompressed(sha256, seq, count, frame)
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise DamagedBundleError(f"blob {sha256}: its chunks do not match its SHA-256")


def read_blob_chunk(connection: sqlite3.Connection, sha256: str, seq: int) -> bytes:
    """Return one chunk of a blob, whose hash is not checked.

    Raises:
        DamagedBundleError: it is missing or damaged.
    """
    (count,) = connection.execute("SELECT max(chunk_count) FROM blobs WHERE sha256 = ?", (sha256,)).fetchone()
    frame, _ = _frame(connection, sha256, seq, count)
    return _decompressed(sha256, seq, count, frame)


def decompressed_chunk(frame: bytes) -> bytes | None:
    """Return the bytes of a compressed chunk, wherever it is from; None if it is damaged or too large."""
    try:
        if zstandard.get_frame_parameters(frame).content_size > CHUNK_BYTES:
            return None
        return zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError:
        return None


def _frame(connection: sqlite3.Connection, sha256: str, seq: int, count: int) -> tuple[bytes, int]:
    """Return a compressed chunk and the number of bytes that it says it decompresses to."""
    query = "SELECT data FROM blob_chunks WHERE sha256 = ? AND seq = ? AND typeof(data) = 'blob'"
    try:
        row = connection.execute(query, (sha256, seq)).fetchone()
    except sqlite3.ProgrammingError:
        raise BundleError(f"blob {sha256}: the bundle was closed before it was read") from None
    try:
        claimed = CHUNK_BYTES + 1 if row is None else zstandard.get_frame_parameters(row[0]).content_size
    except zstandard.ZstdError as error:
        raise DamagedBundleError(f"blob {sha256}: chunk {seq} of {count} is damaged: {error}") from None
    if claimed > CHUNK_BYTES:
        raise DamagedBundleError(f"blob {sha256}: chunk {seq} of {count} is missing or damaged")
    return row[0], claimed


def _decompressed(sha256: str, seq: int, count: int, frame: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise DamagedBundleError(f"blob {sha256}: chunk {seq} of {count} is damaged: {error}") from None


def _missing_file_message(connection: sqlite3.Connection, path: str, choice: FileChoice) -> str:
    """Return the message for a path that no file has: what the bundle knows of it, or the paths nearest to it."""
    if choice == ANY and (row := connection.execute(_ARTIFACT, (path,)).fetchone()) is not None:
        return f"{path}: {_artifact_message(*row)}"
    near = suggestions(path, known_paths(connection, choice))
    hint = f"; nearest: {', '.join(near)}" if near else ""
    return f"{path}: {choice} has no file of that path{hint}"


def _artifact_message(kind: str, blob_sha256: str | None) -> str:
    """Return why an artifact itself is not a file of an archive, and how to get its bytes."""
    if blob_sha256 is not None:
        return f"is an artifact, stored as the blob {blob_sha256}; read it with --blob"
    if kind == "unknown":
        return (
            "the bundle lists it without its bytes; create --keep-unrecognised (keep_unrecognised=True) stores those of"
            " files that are no artifacts"
        )
    return "is an artifact, not a file of an archive; extract writes it"
