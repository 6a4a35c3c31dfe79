"""Bytes of an artifact, unpacked, and its lines in blocks."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

import zstandard

from .source import Compression, Source

UNREADABLE = (OSError, EOFError, zlib.error, zstandard.ZstdError)
"""What reading a damaged or vanished file raises (gzip's BadGzipFile is an OSError)."""

_ZSTD_INPUT = 4096
"""Packed bytes given to zstd at once: a block of 4 bytes can unpack to 128 KiB, so this bounds memory."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of an artifact.

    `data` ends with a line end, except where the file does not; `offset` is its first byte in the unpacked file.
    """

    data: bytes
    offset: int


class _ZstdStream(io.RawIOBase):
    """Unpacked bytes of a file of zstd frames; a file that ends within a frame is an error, not an end."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._started = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            piece = self._packed.read(_ZSTD_INPUT)
            if not piece:
                if self._started and not self._frame.eof:
                    raise EOFError("the zstd frame is cut off")
                return 0
            self._ready = self._unpack(piece)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _unpack(self, piece: bytes) -> bytes:
        parts = []
        while piece:
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._started = True
            parts.append(self._frame.decompress(piece))
            piece = self._frame.unused_data if self._frame.eof else b""
        return b"".join(parts)

    def close(self) -> None:
        self._packed.close()
        super().close()


def open_unpacked(source: Source) -> IO[bytes]:
    """Open the artifact for reading its unpacked bytes.

    Raises:
        OSError: the file cannot be opened.
    """
    if source.compression is Compression.GZIP:
        return cast("IO[bytes]", gzip.open(source.path, "rb"))
    if source.compression is Compression.ZSTD:
        return io.BufferedReader(_ZstdStream(source.path.open("rb")), buffer_size=1 << 17)
    return source.path.open("rb")


def line_blocks(stream: IO[bytes], *, offset: int, length: int | None, size: int) -> Iterator[Block]:
    """Cut `length` bytes of `stream` (all of it if None) into blocks of about `size` bytes of whole lines.

    The stream stands at `offset` already. A line longer than `size` is a block of its own. What was read before
    an error is a block too, and the error is raised after it.
    """
    rest: list[bytes] = []
    failure: Exception | None = None
    left = length
    while left is None or left > 0:
        try:
            piece = stream.read(size if left is None else min(size, left))
        except UNREADABLE as error:
            failure = error
            break
        if not piece:
            break
        left = None if left is None else left - len(piece)
        cut = piece.rfind(b"\n") + 1
        if not cut:
            rest.append(piece)
            continue
        data = b"".join([*rest, piece[:cut]])
        rest = [piece[cut:]] if cut < len(piece) else []
        yield Block(data, offset)
        offset += len(data)
    if rest:
        yield Block(b"".join(rest), offset)
    if failure is not None:
        raise failure
