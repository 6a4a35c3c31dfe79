"""Decompress a file in bounded memory, up to a limit."""

from __future__ import annotations

import gzip
import io
import lzma
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Protocol, cast

import zstandard

from ...column_values import Compression
from ..read1_stream import Read1Stream
from ..read_errors import ExpansionError
from ..source import LEAST_LIMIT, over_limit
from ..zstd_frames import ZstdFrames

_CHUNK_BYTES = 4096
"""Compressed bytes of a zstd or xz file that are read at once."""

_XZ_MEMORY = 128 << 20
"""Bytes that decompressing an xz file may take; `xz -9` makes files that take half of it."""


class _Frames(Protocol):
    """Decompresses one or more frames; `LZMADecompressor` and `ZstdFrames` have this form."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _FramedStream(io.RawIOBase):
    """The decompressed bytes of a file of frames; a file that ends within a frame raises EOFError.

    `start` returns the decompressor of the next frame; bytes of `padding` may stand between frames.
    """

    def __init__(self, compressed: BinaryIO, start: Callable[[], _Frames], padding: bytes = b"") -> None:
        self._compressed = compressed
        self._start = start
        self._padding = padding
        self._frames: _Frames | None = None
        self._failure: Exception | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as bytes are at hand and return their number, 0 at the end."""
        if self._failure is not None:
            raise self._failure
        try:
            data = self._next(len(buffer))
        except (zstandard.ZstdError, lzma.LZMAError) as error:
            self._failure = error
            raise
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        """Return up to `size` decompressed bytes; none at the end of the file."""
        while True:
            chunk = b""
            if self._frames is None or self._frames.eof:
                chunk = self._next_frame()
                if not chunk:
                    return b""
                self._frames = self._start()  # fails on bytes that are no frame
            elif self._frames.needs_input:
                chunk = self._compressed.read(_CHUNK_BYTES)
                if not chunk:
                    raise EOFError("the compressed data is cut off")
            if data := self._frames.decompress(chunk, size):
                return data

    def _next_frame(self) -> bytes:
        """Return the bytes with which the next frame begins; none at the end of the file."""
        chunk = b"" if self._frames is None else self._frames.unused_data.lstrip(self._padding)
        while not chunk and (read := self._compressed.read(_CHUNK_BYTES)):
            chunk = read.lstrip(self._padding) if self._frames is not None else read
        return chunk

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
            return _framed(compressed, ZstdFrames, limit)  # which also reads frames to be skipped
        case Compression.XZ:
            start = partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
            return _framed(compressed, start, limit, padding=b"\0")
        case Compression.NONE:
            return compressed


def _framed(compressed: BinaryIO, start: Callable[[], _Frames], limit: int, *, padding: bytes = b"") -> BinaryIO:
    stream = io.BufferedReader(_FramedStream(compressed, start, padding), buffer_size=1 << 17)
    return cast("BinaryIO", _Bounded(stream, limit))
