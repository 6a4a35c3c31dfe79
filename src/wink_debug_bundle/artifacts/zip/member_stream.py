"""Read the bytes of one member, decompressed and checked on the way."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ..read1_stream import Read1Stream
from ..read_errors import ZipError
from .codecs import CODEC_ERRORS, DEFLATE, STORED, codec_for
from .headers import DESCRIBED, ENCRYPTED, Entry, read_local_header
from .plain_records import plain_bytes

_DESCRIPTOR_BYTES = 24
"""Largest data descriptor: the checksum and sizes after the compressed bytes."""

_COMPRESSED_BYTES = 1 << 16
_DECOMPRESSED_BYTES = 1 << 20
"""Most bytes that are read, and decompressed, at once."""


def data_start(stream: BinaryIO, entry: Entry) -> int:
    """Return where the member's compressed bytes begin.

    Raises:
        ZipError: the member cannot be read.
    """
    if entry.fault is not None:
        raise ZipError(entry.fault)
    header = read_local_header(stream, entry.offset)
    if header is None:
        raise ZipError(f"there is no local header at byte {entry.offset}")
    if entry.flags & ENCRYPTED:
        raise ZipError("it is encrypted")
    if header.data_start + entry.compressed_size > entry.end:
        raise ZipError(
            f"it claims {entry.compressed_size} compressed bytes, more than there are before the next member or directory"
        )
    if header.raw_name != entry.raw_name:
        raise ZipError(f"its local header names it {header.raw_name.decode('utf-8', 'backslashreplace')!r}")
    return header.data_start


def read_member(stream: BinaryIO, entry: Entry) -> bytes:
    """Return all bytes of a member that fits in memory, both compressed and decompressed.

    Raises:
        ZipError: it cannot be read, or differs from what the directory claims.
        OSError: the file cannot be read.
    """
    if entry.method not in (STORED, DEFLATE) or entry.compressed_size > _DECOMPRESSED_BYTES:
        return MemberStream(stream, entry).read()
    data = plain_bytes(stream, entry)
    if data is None:
        stream.seek(data_start(stream, entry))
        data = stream.read(entry.compressed_size)
    if entry.method == DEFLATE:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, entry.size + 1)
        except zlib.error as error:
            raise ZipError(str(error)) from error
    check(entry, len(data), zlib.crc32(data))
    return data


def check(entry: Entry, count: int, crc: int) -> None:
    """Compare the number and CRC-32 of decompressed bytes with what the directory claims.

    Raises:
        ZipError: they differ.
    """
    if entry.cut is not None:
        raise ZipError(entry.cut)
    if count > entry.size:
        raise ZipError(f"it decompresses to more than the {entry.size} bytes that the directory claims")
    if count < entry.size:
        raise ZipError(f"it ends after {count} of the {entry.size} bytes that the directory claims")
    if crc != entry.crc:
        raise ZipError(f"its CRC-32 is {crc:08x}, but the directory claims {entry.crc:08x}")


class MemberStream(Read1Stream):
    """The bytes of a member; reading raises ZipError where they are damaged or differ from what the directory claims.

    At most one chunk more than the claimed size is ever decompressed, whatever the compressed bytes hold.
    """

    def __init__(self, stream: BinaryIO, entry: Entry) -> None:
        self._entry = entry
        self._stream = stream
        self._at = data_start(stream, entry)
        self._end = self._at + entry.compressed_size
        self._codec = None if entry.method == STORED else codec_for(entry.method, entry.size)
        self._count = 0
        self._crc = 0

    def read1(self, size: int = -1, /) -> bytes:
        """Return some bytes, up to `size`; none at the end.

        Raises:
            ZipError: the member is damaged, or differs from what the directory claims.
        """
        try:
            data = self._next(_DECOMPRESSED_BYTES if size < 0 else size)
        except CODEC_ERRORS as error:
            raise ZipError(f"{type(error).__name__}: {error}") from error
        self._count += len(data)
        self._crc = zlib.crc32(data, self._crc)
        if not data or self._count > self._entry.size:
            check(self._entry, self._count, self._crc)
        return data

    def _next(self, size: int) -> bytes:
        if self._codec is None:
            return self._read_compressed(size)
        while not self._codec.eof:
            chunk = self._read_compressed(_COMPRESSED_BYTES) if self._codec.needs_input else b""
            if not chunk and self._codec.needs_input:
                break
            if data := self._codec.decompress(chunk, size):
                return data
        return b""

    def _read_compressed(self, size: int) -> bytes:
        self._stream.seek(self._at)
        data = self._stream.read(min(size, self._end - self._at))
        self._at += len(data)
        return data


def read_range(stream: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of the file from `begin` to `end`, or to the end of the file."""
    while begin < end:
        stream.seek(begin)
        if not (chunk := stream.read(min(end - begin, _DECOMPRESSED_BYTES))):
            return
        begin += len(chunk)
        yield chunk


def member_end(stream: BinaryIO, entry: Entry) -> int:
    """Return where the member ends: at the first byte that belongs to no member, else at `entry.end`."""
    if entry.fault is not None or entry.min_end == entry.end:
        return entry.end
    header = read_local_header(stream, entry.offset)
    if header is None:
        return entry.end
    end = header.data_start + entry.compressed_size
    return end if end + (_DESCRIPTOR_BYTES if entry.flags & DESCRIBED else 0) < entry.end else entry.end
