"""Decompress a blob as far as it goes, to learn values that may stand elsewhere, too; the blob itself is replaced whole."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import IO, Any

import zstandard

from ...artifacts.zip.headers import LOCAL

_MOST_BYTES = 32 << 20
"""Bytes that may come out of one blob: more are not needed to know a secret, and a hostile one has no end."""
_BLOCK = 1 << 10
"""So little at a time, because a kilobyte may stand for 30 megabytes."""
_NAME_LENGTHS, _HEADER_BYTES = 26, 30
_ERRORS = (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError, ValueError)


def decompressed(stream: IO[bytes]) -> bytes:
    """Return what can be decompressed of a blob, up to a limit; of a zip, the members one behind the other."""
    data = stream.read(_MOST_BYTES)
    parts: list[bytes] = []
    left = _MOST_BYTES
    for decompressor, begin in _decompressors(data):
        parts.append(b"".join(_until_damage(decompressor, data, begin, left)))
        left -= len(parts[-1]) + 1
        if left <= 0:
            break
    return b"\n".join(parts)


def _decompressors(data: bytes) -> Iterator[tuple[Any, int]]:
    """Yield what decompresses the data, and from where."""
    if data.startswith(b"\x1f\x8b"):
        yield zlib.decompressobj(16 + zlib.MAX_WBITS), 0
    elif data.startswith(b"\x28\xb5\x2f\xfd"):
        yield zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(), 0
    elif data.startswith(b"\xfd7zXZ"):
        yield lzma.LZMADecompressor(memlimit=128 << 20), 0
    elif data.startswith(b"BZh"):
        yield bz2.BZ2Decompressor(), 0
    elif data.startswith(b"x"):
        yield zlib.decompressobj(), 0
    place = data.find(LOCAL) if data.startswith(LOCAL) else -1
    while place >= 0:
        lengths = data[place + _NAME_LENGTHS : place + _HEADER_BYTES]
        begin = place + _HEADER_BYTES + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
        yield zlib.decompressobj(-zlib.MAX_WBITS), begin
        place = data.find(LOCAL, place + len(LOCAL))


def _until_damage(decompressor: Any, data: bytes, begin: int, left: int) -> Iterator[bytes]:
    """Yield what comes out until the end, the limit or damage."""
    try:
        for start in range(begin, len(data), _BLOCK):
            part = decompressor.decompress(data[start : start + _BLOCK])
            yield part[:left]
            left -= len(part)
            if decompressor.eof or left <= 0:
                return
    except _ERRORS:
        return
