"""Store bytes as blobs: cut into chunks, compressed, and identified by their hash.

The hash is known only at the end of the bytes. Until then the compressed chunks wait: small blobs in memory, larger
ones in a nameless file beside the bundle.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import zstandard

from ...batch import Batch
from ...rows import BlobChunkRow, BlobRow
from ..read_errors import ScratchError

CHUNK_BYTES = 1 << 20
"""Uncompressed bytes in one chunk: what a reader of the blob holds in memory at once."""

_MEMORY_BYTES = 16 << 20
"""Most compressed bytes of one blob that wait in memory, and that one batch holds."""

_LEVEL = 3


class StoredBlob(NamedTuple):
    """A blob that was made before: its key, whether it is text, and the compressed sizes of its chunks."""

    sha256: str
    is_text: bool
    frame_sizes: tuple[int, ...]

    def batches(self, artifact_id: int) -> Iterator[Batch]:
        """Yield as many batches as BlobWriter does, without rows."""
        for batch, _ in _divided(artifact_id, self.frame_sizes):
            yield batch


def _divided(artifact_id: int, sizes: Sequence[int]) -> Iterator[tuple[Batch, range]]:
    """Yield a batch for the chunks of a blob that fit in memory together, with their numbers, until all are in one."""
    first = held = 0
    for number, size in enumerate(sizes):
        if held and held + size > _MEMORY_BYTES:
            yield Batch(artifact_id, source_bytes=held), range(first, number)
            first, held = number, 0
        held += size
    yield Batch(artifact_id, source_bytes=held), range(first, len(sizes))


class KeptBlobs(set[str]):
    """The keys of the blobs that were made before, which need not be made again.

    `large` has the large ones by their size and CRC-32, which a zip claims before a member is read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.large: dict[tuple[int, int], StoredBlob] = {}


class BlobWriter:
    """Takes the bytes of one blob in chunks of any size, then yields the blob's rows."""

    def __init__(self, scratch: Path) -> None:
        self._spool = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES, dir=str(scratch))  # noqa: SIM115 closed in batches()
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        self._hash = hashlib.sha256()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._pending = bytearray()
        self._frame_sizes: list[int] = []
        self._read_chunk = -1, b""
        self.size = 0
        self.is_text = True

    def write(self, data: bytes) -> None:
        """Append `data` to the blob."""
        self.size += len(data)
        self._hash.update(data)
        self._test_text(data, final=False)
        self._pending += data
        while len(self._pending) >= CHUNK_BYTES:
            self._write_chunk(bytes(self._pending[:CHUNK_BYTES]))
            del self._pending[:CHUNK_BYTES]

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks, each after it was appended to the blob."""
        for chunk in chunks:
            self.write(chunk)
            yield chunk

    def read_back(self, offset: int, length: int) -> bytes:
        """Return bytes of a finished blob, before its rows are yielded."""
        parts = []
        for number in range(offset // CHUNK_BYTES, (offset + length - 1) // CHUNK_BYTES + 1):
            begin = number * CHUNK_BYTES
            parts.append(self._chunk(number)[max(offset - begin, 0) : offset + length - begin])
        return b"".join(parts)

    def _chunk(self, number: int) -> bytes:
        """Return one chunk, decompressed; the last one is remembered."""
        if self._read_chunk[0] != number:
            with scratch_errors():
                self._spool.seek(sum(self._frame_sizes[:number]))
            frame = self._read(self._frame_sizes[number])
            self._read_chunk = number, zstandard.ZstdDecompressor().decompress(frame)
        return self._read_chunk[1]

    def finish(self) -> str:
        """End the blob and return its key."""
        self._test_text(b"", final=True)
        if self._pending:
            self._write_chunk(bytes(self._pending))
        return self._hash.hexdigest()

    def batches(self, artifact_id: int, *, known: bool = False) -> Iterator[Batch]:
        """Yield the blob's rows in batches that fit in memory; for a `known` blob, as many batches without rows.

        So every worker groups the same batches into transactions, whatever blobs it has seen before.
        """
        if known:
            self.close()
            yield from self.stored().batches(artifact_id)
            return
        key = self._hash.hexdigest()
        with self._spool as spool:
            with scratch_errors():
                spool.seek(0)
            for batch, numbers in _divided(artifact_id, self._frame_sizes):
                if 0 in numbers or not self._frame_sizes:
                    batch.add(BlobRow(key, self.size, len(self._frame_sizes)))
                for seq in numbers:
                    batch.add(BlobChunkRow(key, seq, self._read(self._frame_sizes[seq])))
                yield batch

    def stored(self) -> StoredBlob:
        """Return what to remember of a finished blob."""
        return StoredBlob(self._hash.hexdigest(), self.is_text, tuple(self._frame_sizes))

    def close(self) -> None:
        """Discard the waiting chunks."""
        with scratch_errors():
            self._spool.close()

    def _read(self, size: int) -> bytes:
        with scratch_errors():
            return self._spool.read(size)

    def _write_chunk(self, data: bytes) -> None:
        frame = self._compressor.compress(data)
        with scratch_errors():
            self._spool.write(frame)
        self._frame_sizes.append(len(frame))

    def _test_text(self, data: bytes, *, final: bool) -> None:
        if self.is_text:
            try:
                self._decoder.decode(data, final)
            except UnicodeDecodeError:
                self.is_text = False


@contextmanager
def scratch_errors() -> Iterator[None]:
    """Turn errors of the scratch file into ScratchError, so that they are not taken for damage of the source.

    Raises:
        ScratchError: an OSError was raised in the block.
    """
    try:
        yield
    except OSError as error:
        raise ScratchError(error) from error


def keep_bytes(batch: Batch, data: bytes) -> str:
    """Add `data` to the batch as a blob and return its key."""
    key = hashlib.sha256(data).hexdigest()
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    starts = range(0, len(data), CHUNK_BYTES)
    frames = [compressor.compress(data[start : start + CHUNK_BYTES]) for start in starts]
    batch.add(BlobRow(key, len(data), len(frames)))
    for seq, frame in enumerate(frames):
        batch.add(BlobChunkRow(key, seq, frame))
    return key


def read_chunks(stream: IO[bytes] | io.BufferedIOBase, size: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of `stream` in chunks, at most `size` bytes in all."""
    left = size
    while left != 0 and (chunk := stream.read(CHUNK_BYTES if left is None else min(CHUNK_BYTES, left))):
        left = None if left is None else left - len(chunk)
        yield chunk
