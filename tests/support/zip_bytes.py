"""Zips that no ordinary program writes, put together byte by byte."""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import zstandard

STORED, DEFLATE, BZIP2, LZMA, ZSTD = 0, 8, 12, 14, 93
HAS_DESCRIPTOR, UTF8_NAME = 0x8, 0x800
MOMENT = (2024 - 1980) << 25 | 2 << 21 | 29 << 16 | 12 << 11
UNIX = 3 << 8

FLUSH_BYTES = 1 << 20
"""Zeros in one repeatable part of a deflate stream."""


def deflated(data: bytes) -> bytes:
    """Return `data` deflated, as it is stored in a zip."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


def _lzma(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}]
    stream = lzma.LZMACompressor(lzma.FORMAT_RAW, filters=filters)
    properties = bytes([(2 * 5 + 0) * 9 + 3]) + (1 << 16).to_bytes(4, "little")
    return b"\x09\x04" + struct.pack("<H", 5) + properties + stream.compress(data) + stream.flush()


COMPRESSORS: dict[int, Callable[[bytes], bytes]] = {
    STORED: bytes,
    DEFLATE: deflated,
    BZIP2: bz2.compress,
    LZMA: _lzma,
    ZSTD: zstandard.compress,
}


@dataclass
class RawMember:
    """One member; values that are None are computed from `data`, and given values are written even if they are wrong."""

    name: bytes
    data: bytes = b""
    method: int = DEFLATE
    flags: int = 0
    compressed: bytes | None = None
    compressed_size: int | None = None
    size: int | None = None
    crc: int | None = None
    extra: bytes = b""
    local_name: bytes | None = None
    local_extra: bytes = b""
    offset: int | None = None
    part: int = 0
    mode: int = 0
    stamp: int = MOMENT
    trailing: bytes = b""

    def local(self) -> bytes:
        """Return the local header, the compressed bytes, and the data descriptor if the flags announce one."""
        sizes = self._crc_and_sizes()
        name = self.name if self.local_name is None else self.local_name
        in_header = (0, 0, 0) if self.flags & HAS_DESCRIPTOR else sizes
        header = struct.pack("<4s3HI3I", b"PK\x03\x04", 20, self.flags, self.method, self.stamp, *in_header)
        header += struct.pack("<2H", len(name), len(self.local_extra)) + name + self.local_extra
        descriptor = struct.pack("<4s3I", b"PK\x07\x08", *sizes) if self.flags & HAS_DESCRIPTOR else b""
        return header + self._compressed + descriptor + self.trailing

    def record(self, offset: int) -> bytes:
        """Return the member's record in the central directory."""
        offset = offset if self.offset is None else self.offset
        fixed = (UNIX | 20, 20, self.flags, self.method, self.stamp, *self._crc_and_sizes())
        rest = (len(self.name), len(self.extra), 0, self.part, 0, self.mode << 16, offset)
        record = struct.pack("<4s4HI3I", b"PK\x01\x02", *fixed) + struct.pack("<5H2I", *rest)
        return record + self.name + self.extra

    @cached_property
    def _compressed(self) -> bytes:
        return COMPRESSORS[self.method](self.data) if self.compressed is None else self.compressed

    def _crc_and_sizes(self) -> tuple[int, int, int]:
        """Return the checksum, the compressed size and the size."""
        return (
            zlib.crc32(self.data) if self.crc is None else self.crc,
            len(self._compressed) if self.compressed_size is None else self.compressed_size,
            len(self.data) if self.size is None else self.size,
        )


def raw_zip(
    *members: RawMember,
    prefix: bytes = b"",
    comment: bytes = b"",
    zip64: bool = False,
    offsets_include_prefix: bool = False,
) -> bytes:
    """Return a zip of the members; with `offsets_include_prefix` the directory's offsets count `prefix` too."""
    data, records = prefix, b""
    begin = 0 if offsets_include_prefix else len(prefix)
    for member in members:
        records += member.record(len(data) - begin)
        data += member.local()
    end = (len(members), len(members), len(records), len(data) - begin)
    wide = b""
    if zip64:
        at = len(data) + len(records) - begin
        wide = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, *end)
        wide += struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
        end = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    return data + records + wide + struct.pack("<4s2H2H2IH", b"PK\x05\x06", 0, 0, *end, len(comment)) + comment


def deflated_zeros(count: int) -> bytes:
    """Return `count` MiB of zeros, deflated to about a thousandth of their size."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = stream.compress(bytes(FLUSH_BYTES)) + stream.flush(zlib.Z_FULL_FLUSH)
    return piece * count + deflated(b"")


def overlapping_zip(count: int, kernel: int) -> bytes:
    """Return a zip bomb: each member contains the headers of all members after it, and all share `kernel` zeros."""
    compressed, data = deflated(bytes(kernel)), bytes(kernel)
    members: list[bytes] = []
    records = b""
    for number in reversed(range(count)):
        member = RawMember(b"%d" % number, data, compressed=compressed)
        header = member.local()[: 30 + len(member.name)]
        members.insert(0, header)
        quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + header
        records = member.record(0) + records
        compressed, data = quote + compressed, header + data
    local = b"".join(
        header + (struct.pack("<BHH", 0, len(after), len(after) ^ 0xFFFF) if after else b"")
        for header, after in zip(members, [*members[1:], b""], strict=True)
    )
    local += deflated(bytes(kernel))
    return (
        local
        + _placed(records, members)
        + struct.pack("<4s2H2H2IH", b"PK\x05\x06", 0, 0, count, count, len(records), len(local), 0)
    )


def _placed(records: bytes, headers: list[bytes]) -> bytes:
    """Return the directory's records with the offsets of their local headers filled in."""
    placed, at, offset = bytearray(records), 0, 0
    for header in headers:
        struct.pack_into("<I", placed, at + 42, offset)
        at += 46 + len(header) - 30
        offset += len(header) + 5
    return bytes(placed)


def zip64_extra(*values: int) -> bytes:
    """Return the extra field of zip64."""
    return struct.pack("<HH", 1, 8 * len(values)) + struct.pack(f"<{len(values)}Q", *values)
