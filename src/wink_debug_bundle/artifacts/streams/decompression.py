"""Decompress a file in bounded memory, up to a limit."""

from __future__ import annotations

import gzip
import io
from typing import BinaryIO, cast

import zstandard

from ...column_values import Compression
from ..read1_stream import Read1Stream
from ..read_errors import ExpansionError
from ..source import LEAST_LIMIT, over_limit

_ZSTD_INPUT = 4096
"""Compressed bytes given to zstd at once: a block of 4 bytes can decompress to 128 KiB, so this bounds memory."""


class _ZstdStream(io.RawIOBase):
    """The decompressed bytes of a file of zstd frames; a file that ends within a frame raises EOFError."""

    def __init__(self, compressed: BinaryIO) -> None:
        self._compressed = compressed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._started = False
        self._ready = memoryview(b"")
        self._failure: zstandard.ZstdError | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as bytes are at hand and return their number, 0 at the end."""
        while not self._ready:
            if self._failure is not None:
                raise self._failure
            chunk = self._compressed.read(_ZSTD_INPUT)
            if not chunk:
                if self._started and not self._frame.eof:
                    raise EOFError("the zstd frame is cut off")
                return 0
            self._ready = memoryview(self._decompress(chunk))
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _decompress(self, chunk: bytes) -> bytes:
        """Return the decompressed `chunk`, up to its first damage, which the next read raises."""
        parts = []
        while chunk:
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._started = True
            try:
                parts.append(self._frame.decompress(chunk))
            except zstandard.ZstdError as error:
                self._failure = error
                break
            chunk = self._frame.unused_data if self._frame.eof else b""
        return b"".join(parts)

    def close(self) -> None:
        """Close the file."""
        self._compressed.close()
        super().close()


class _Bounded(Read1Stream):
    """The first `limit` bytes of a decompressed stream; more of them are an error."""

    def __init__(self, stream: io.BufferedIOBase, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._left = limit

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes.

        Raises:
            ExpansionError: the stream has more bytes than the limit.
        """
        if self._left == 0:
            if self._stream.read1(1):
                raise ExpansionError(over_limit(self._limit, "it decompresses to more than was read of it"))
            return b""
        data = self._stream.read1(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
        super().close()


def decompress(compressed: BinaryIO, compression: Compression, limit: int = LEAST_LIMIT) -> BinaryIO:
    """Return a stream of an open file's decompressed bytes, up to `limit`; the file itself if it is not compressed.

    Reading raises one of UNREADABLE where the file is damaged, and ExpansionError where it decompresses to more.
    """
    match compression:
        case Compression.GZIP:
            return cast("BinaryIO", _Bounded(gzip.GzipFile(fileobj=compressed, mode="rb"), limit))
        case Compression.ZSTD:
            return cast("BinaryIO", _Bounded(io.BufferedReader(_ZstdStream(compressed), buffer_size=1 << 17), limit))
        case Compression.NONE:
            return compressed
