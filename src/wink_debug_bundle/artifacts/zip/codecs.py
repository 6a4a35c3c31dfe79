"""Decompressors for the members of zips, with one interface whose output is bounded at each call."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import Protocol

import zstandard

from ..read_errors import ZipError
from ..zstd_frames import ZstdFrames

STORED, DEFLATE, BZIP2, LZMA, ZSTD = 0, 8, 12, 14, 93

_NAMES = {1: "shrink", 6: "implode", 9: "deflate64", 10: "IBM TERSE", 95: "xz", 96: "JPEG", 97: "WavPack", 98: "PPMd"}
_OLD_ZSTD = 20

CODEC_ERRORS = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError, MemoryError)
"""Errors that decompressors raise."""

_LZMA_HEADER = 9
"""Bytes before the LZMA stream: version (2), length of the properties (2), and the properties: 1, and the window's 4."""


class Codec(Protocol):
    """Decompresses a stream, chunk by chunk."""

    @property
    def eof(self) -> bool:
        """Return whether the compressed stream is at its end."""

    @property
    def needs_input(self) -> bool:
        """Return whether no more output is possible without more compressed bytes."""

    @property
    def unused_data(self) -> bytes:
        """Return the given bytes that follow the end of the stream."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return up to `max_length` decompressed bytes of `data` and what was given before."""


def codec_for(method: int, size: int) -> Codec:
    """Return the decompressor for a member of `size` decompressed bytes and a `method` other than STORED.

    Raises:
        ZipError: the method is not supported.
    """
    if method == DEFLATE:
        return _Deflate()
    if method == BZIP2:
        return bz2.BZ2Decompressor()
    if method == LZMA:
        return _Lzma(size)
    if method in (ZSTD, _OLD_ZSTD):
        return ZstdFrames()
    name = _NAMES.get(method)
    label = f"{method} ({name})" if name else str(method)
    raise ZipError(f"its compression method {label} is not supported")


class _Deflate:
    def __init__(self) -> None:
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._is_full = False

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not (self._is_full or self._stream.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        tail = self._stream.unconsumed_tail
        output = self._stream.decompress(tail + data if tail else data, max_length)
        self._is_full = len(output) == max_length
        return output


class _Lzma:
    """LZMA in the form of zips: its properties first, then the raw stream."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._header = b""
        self._stream: lzma.LZMADecompressor | None = None

    @property
    def eof(self) -> bool:
        return self._stream is not None and self._stream.eof

    @property
    def needs_input(self) -> bool:
        return self._stream is None or self._stream.needs_input

    @property
    def unused_data(self) -> bytes:
        return b"" if self._stream is None else self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._stream is None:
            self._header += data
            if len(self._header) < _LZMA_HEADER:
                return b""
            self._stream, data = self._start(), self._header[_LZMA_HEADER:]
        return self._stream.decompress(data, max_length)

    def _start(self) -> lzma.LZMADecompressor:
        """Return the decompressor that the properties ask for.

        Raises:
            ZipError: the properties are invalid.
        """
        length, first = int.from_bytes(self._header[2:4], "little"), self._header[4]
        if length != 5 or first >= 9 * 5 * 5:
            raise ZipError("its LZMA properties are invalid")
        rest, lc = divmod(first, 9)
        pb, lp = divmod(rest, 5)
        claimed = int.from_bytes(self._header[5:9], "little")
        window = min(claimed, max(self._size, 4096))  # all of it is allocated, but never more than the size is used
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": window, "lc": lc, "lp": lp, "pb": pb}]
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
