"""Bytes of an artifact, unpacked, and its lines in blocks."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import zstandard

from .source import Compression

UNREADABLE = (OSError, EOFError, zlib.error, zstandard.ZstdError, zipfile.BadZipFile)
"""What reading a damaged or vanished file raises (gzip's BadGzipFile is an OSError), or a damaged member of a zip."""

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

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._started = False
        self._ready = b""
        self._failure: zstandard.ZstdError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            if self._failure is not None:
                raise self._failure
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
        """What is packed in `piece`, up to its first damage, which is kept for the next call."""
        parts = []
        while piece:
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._started = True
            try:
                parts.append(self._frame.decompress(piece))
            except zstandard.ZstdError as error:
                self._failure = error
                break
            piece = self._frame.unused_data if self._frame.eof else b""
        return b"".join(parts)

    def close(self) -> None:
        self._packed.close()
        super().close()


def unpack(packed: BinaryIO, compression: Compression) -> BinaryIO:
    """The unpacked bytes of an open file; of one that is not packed, the file itself.

    Reading raises one of UNREADABLE where the file is damaged.
    """
    match compression:
        case Compression.GZIP:
            return cast("BinaryIO", gzip.GzipFile(fileobj=packed, mode="rb"))
        case Compression.ZSTD:
            return io.BufferedReader(_ZstdStream(packed), buffer_size=1 << 17)
        case Compression.NONE:
            return packed


def line_blocks(stream: BinaryIO, *, offset: int, length: int | None, size: int) -> Iterator[Block]:
    """Cut `length` bytes of `stream` (all of it if None) into blocks of about `size` bytes of whole lines.

    The stream stands at `offset` already. A line longer than `size` is a block of its own. What was read before
    an error is a block too, and the error is raised after it.
    """
    whole: list[bytes] = []  # up to the last line end
    rest: list[bytes] = []  # after it
    held = 0
    failure: Exception | None = None
    try:
        for piece in _pieces(stream, length, size):
            held += len(piece)
            if cut := piece.rfind(b"\n") + 1:
                whole += [*rest, piece[:cut]]
                rest = [piece[cut:]] if cut < len(piece) else []
            else:
                rest.append(piece)
            if whole and held >= size:
                block = Block(b"".join(whole), offset)
                yield block
                offset += len(block.data)
                held -= len(block.data)
                whole = []
    except UNREADABLE as error:
        failure = error
    if whole or rest:
        yield Block(b"".join([*whole, *rest]), offset)
    if failure is not None:
        raise failure


def _pieces(stream: BinaryIO, length: int | None, size: int) -> Iterator[bytes]:
    """`length` bytes of `stream` as they come; a packed stream gives a little at a time, so damage costs little."""
    read = stream.read1 if isinstance(stream, io.BufferedIOBase) else stream.read
    left = length
    while left != 0 and (piece := read(size if left is None else min(size, left))):
        left = None if left is None else left - len(piece)
        yield piece


def read_sample(stream: BinaryIO, size: int) -> tuple[bytes, Exception | None]:
    """The first `size` bytes, or as many as there are before the file's end or its damage, which comes with them."""
    pieces: list[bytes] = []
    try:
        pieces.extend(_pieces(stream, size, size))
    except UNREADABLE as error:
        return b"".join(pieces), error
    return b"".join(pieces), None
