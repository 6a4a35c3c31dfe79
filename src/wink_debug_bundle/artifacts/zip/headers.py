"""Parse the local headers of a zip's members, and their records in the directory.

The standard library's reader is not used: it refuses a whole archive for one odd name, and cuts names at a NUL.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, NamedTuple

LOCAL, CENTRAL, END, END_64 = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
"""Signatures of a local header, a directory record, and the end records of the directory (plain and zip64)."""

_RECORD = struct.Struct("<4s6H3I5H2I")
RECORD_BYTES = _RECORD.size
LONGEST_RECORD = RECORD_BYTES + 3 * 0xFFFF
EXTRA = struct.Struct("<HH")
"""The fixed part of a directory record, its size and that of the longest record, and the head of one part of an extra
field: kind and length."""

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
"""The fixed part of a local header, before the member's name."""

LOCAL_BYTES = _LOCAL_HEADER.size

IN_EXTRA, _IN_EXTRA_SHORT = 0xFFFFFFFF, 0xFFFF
"""Placeholders for a value that is in the extra field of zip64."""

ZIP64, _UNICODE_PATH = 0x0001, 0x7075

_MAX_OFFSET = 1 << 48
"""Largest believable size or offset in bytes: no file is larger, and sums of larger ones might not fit in 64 bits."""

ENCRYPTED, DESCRIBED, UTF8 = 0x1, 0x8, 0x800
"""Flags of members: encrypted; sizes and checksum in a data descriptor after the compressed bytes; UTF-8 name."""


class Entry(NamedTuple):
    """What is known of one member before it is read.

    `number` is its position in the directory, from 1. `offset` is where its local header begins in the file, `end` is
    where the next member or the directory begins. `stamp` is its MS-DOS time, with the date in the high 16 bits.
    `fault` says why it cannot be read, if that is known already; `cut` says what is missing at its end, if the rest
    can be read.
    """

    number: int
    name: str
    raw_name: bytes
    offset: int
    compressed_size: int
    size: int
    crc: int
    method: int
    flags: int
    stamp: int
    mode: int
    end: int
    fault: str | None = None
    cut: str | None = None

    @property
    def is_directory(self) -> bool:
        """Return whether it is a folder; a folder that has content is read like a file."""
        return self.size == 0 and self.name.endswith("/")

    @property
    def has_bytes(self) -> bool:
        """Return whether it has its own bytes in the file; one at another's offset or after the directory has none."""
        return self.offset < self.end

    @property
    def min_end(self) -> int:
        """Return the lowest possible end of its compressed bytes: its local header may have a longer extra field."""
        return self.offset + LOCAL_BYTES + len(self.raw_name) + self.compressed_size

    @property
    def has_odd_name(self) -> bool:
        """Return whether the name is flagged as UTF-8 but is not UTF-8."""
        return bool(self.flags & UTF8) and _utf8(self.raw_name) is None

    @property
    def modified(self) -> str | None:
        """Return the time of change, ISO 8601 without a zone; None if it is not a valid date."""
        return _iso_time(self.stamp)


class CentralRecord(NamedTuple):
    """What the record of a member in the directory claims; `end` is where the next record begins.

    `part` is the number of the part of a split archive that the member is in. `stamp` is as in an Entry.
    """

    made_by: int
    needed_version: int
    flags: int
    method: int
    stamp: int
    crc: int
    compressed_size: int
    size: int
    part: int
    internal_attributes: int
    external_attributes: int
    offset: int
    raw_name: bytes
    extra: bytes
    comment: bytes
    end: int


class LocalHeader(NamedTuple):
    """What the local header of a member claims; `offset` is its first byte, `data_start` that of the compressed bytes."""

    offset: int
    flags: int
    method: int
    stamp: int
    crc: int
    compressed_size: int
    size: int
    raw_name: bytes
    extra: bytes
    data_start: int

    @property
    def is_encrypted(self) -> bool:
        """Return whether the member is encrypted."""
        return bool(self.flags & ENCRYPTED)

    @property
    def has_descriptor(self) -> bool:
        """Return whether a data descriptor with the sizes and the checksum follows the compressed bytes."""
        return bool(self.flags & DESCRIBED)


def read_local_header(stream: BinaryIO, offset: int) -> LocalHeader | None:
    """Return the local header at `offset` of the file; None without one, or if the file ends before its name."""
    stream.seek(offset)
    fixed = stream.read(LOCAL_BYTES)
    if len(fixed) < LOCAL_BYTES or fixed[:4] != LOCAL:
        return None
    _, _, flags, method, time, date, crc, compressed, size, names, extras = _LOCAL_HEADER.unpack(fixed)
    rest = stream.read(names + extras)
    if len(rest) < names:
        return None
    raw, extra = rest[:names], rest[names:]
    if IN_EXTRA in (compressed, size):
        size, compressed = resolve_zip64(extra, size, compressed)
    data_start = offset + LOCAL_BYTES + names + extras
    return LocalHeader(offset, flags, method, date << 16 | time, crc, compressed, size, raw, extra, data_start)


def dos_time_fields(stamp: int) -> tuple[int, int, int, int, int, int]:
    """Return year, month, day, hour, minute and second of an MS-DOS time, which may be an invalid date."""
    date, time = stamp >> 16, stamp & 0xFFFF
    return (date >> 9) + 1980, date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2


@lru_cache
def _iso_time(stamp: int) -> str | None:
    """Return an MS-DOS time in ISO 8601; None if it is not a valid date. Neighbouring members often have the same."""
    try:
        return datetime(*dos_time_fields(stamp)).isoformat()  # noqa: DTZ001 zip files do not record a zone
    except ValueError:
        return None


def decode_name(raw: bytes, flags: int, extra: bytes) -> str:
    """Return a member's name; a byte that should be UTF-8 and is not becomes an escape.

    A name without a UTF-8 flag is read as UTF-8 if it is valid, because many writers omit the flag, else as code
    page 437.
    """
    if raw.isascii():
        return raw.decode("ascii")
    if flags & UTF8:
        return raw.decode("utf-8", "backslashreplace")
    for kind, value in extra_fields(extra):
        if kind == _UNICODE_PATH and value[:1] == b"\x01" and value[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
            return value[5:].decode("utf-8", "backslashreplace")
    name = _utf8(raw)
    return raw.decode("cp437") if name is None else name


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the kinds and values of an extra field, up to its first damage."""
    at = 0
    while at + EXTRA.size <= len(extra):
        kind, length = EXTRA.unpack_from(extra, at)
        at += EXTRA.size
        yield kind, extra[at : at + length]
        at += length


def resolve_zip64(extra: bytes, *values: int) -> list[int]:
    """Return the values, replacing each placeholder (all bits set) by its value in the extra field of zip64."""
    zip64 = next((value for kind, value in extra_fields(extra) if kind == ZIP64), b"")
    resolved = []
    for value in values:
        if value == IN_EXTRA and len(zip64) >= 8:
            value, zip64 = int.from_bytes(zip64[:8], "little"), zip64[8:]  # noqa: PLW2901
        resolved.append(value)
    return resolved


class Place(NamedTuple):
    """What a record claims of the sizes of its member, where in the file it begins, and what is wrong with these."""

    compressed_size: int
    size: int
    offset: int
    fault: str | None


def record_place(record: CentralRecord, prefix: int = 0, disk: int = 0) -> Place:
    """Return the place of a member that is in part `disk` of a zip that begins after `prefix` bytes of the file."""
    compressed, size, offset, part = record.compressed_size, record.size, record.offset, record.part
    fault = None if part in (disk, _IN_EXTRA_SHORT) else f"it is in part {part + 1} of a split archive"
    if max(compressed, size, offset) > _MAX_OFFSET:
        fault = "its size or offset is larger than any file"
        compressed, size, offset = min(compressed, _MAX_OFFSET), min(size, _MAX_OFFSET), min(offset, _MAX_OFFSET)
    return Place(compressed, size, offset + prefix, fault)


def parse_record(data: bytes, at: int) -> CentralRecord | None:
    """Return the directory record at `at` of `data`; None if no record begins there, or it is cut off."""
    if len(data) - at < _RECORD.size or data[at : at + 4] != CENTRAL:
        return None
    values = _RECORD.unpack_from(data, at)
    (
        _, made_by, needs, flags, method, time, date, crc, compressed, size, names, extras, comments, part, internal,
        external, offset,
    ) = values  # fmt: skip
    begin = at + _RECORD.size
    end = begin + names + extras + comments
    if end > len(data):
        return None
    raw, extra = data[begin : begin + names], data[begin + names : end - comments]
    if IN_EXTRA in (compressed, size, offset):
        size, compressed, offset = resolve_zip64(extra, size, compressed, offset)
    comment = data[end - comments : end] if comments else b""
    return CentralRecord(
        made_by, needs, flags, method, date << 16 | time, crc, compressed, size, part, internal, external, offset, raw,
        extra, comment, end,
    )  # fmt: skip


def entry_of(record: CentralRecord, number: int, place: Place, end: int = 0, fault: str | None = None) -> Entry:
    """Return the entry of a directory record; `fault` is what is wrong with it beside what the record shows."""
    return Entry(
        number,
        decode_name(record.raw_name, record.flags, record.extra),
        record.raw_name,
        place.offset,
        place.compressed_size,
        place.size,
        record.crc,
        record.method,
        record.flags,
        record.stamp,
        record.external_attributes >> 16,
        end,
        fault or place.fault,
    )


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
