"""The record of a member in a zip's directory, and what is read out of one.

Read here and not by the standard library, whose reader refuses a whole archive for one odd name, and cuts names at a NUL.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

LOCAL, CENTRAL, END, END_64 = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
"""What headers, records of the directory and its last records begin with."""

RECORD = struct.Struct("<4s6H3I5H2I")
EXTRA = struct.Struct("<HH")
"""A record without its name and what follows it, and the head of a part of an extra field."""

HEADER_BYTES = 30
"""What stands before a member's name, in front of its bytes."""

_IN_EXTRA, _IN_EXTRA_SHORT = 0xFFFFFFFF, 0xFFFF
"""Values that stand for one in the extra field of zip64."""

ZIP64, _UNICODE_PATH = 0x0001, 0x7075

_MOST = 1 << 48
"""Bytes that no file has; sizes and places above are lies, and sums of them would not fit in 64 bits."""

ENCRYPTED, DESCRIBED, UTF8 = 0x1, 0x8, 0x800
"""Flags of members: encrypted; sizes and checksum stand behind the packed bytes; the name is UTF-8."""


class Entry(NamedTuple):
    """What is known of one member before it is read.

    `number` is its position in the directory, from 1; `offset` is its header's in the file, and `end` is where the
    next member, or the directory, begins. `stamp` is its time as MS-DOS has it, the date in the high half. `fault` says
    why it cannot be read, where that is known already, `cut` what is missing at its end, where the rest can be read.
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
        """Whether it is a folder; one that has bytes is read like a file."""
        return self.size == 0 and self.name.endswith("/")

    @property
    def has_bytes(self) -> bool:
        """Whether bytes of the file are its own: none are of a member at the place of another, or behind the directory."""
        return self.offset < self.end

    @property
    def least_end(self) -> int:
        """Where its packed bytes end at the earliest: its header may have more than the directory tells."""
        return self.offset + HEADER_BYTES + len(self.raw_name) + self.compressed_size

    @property
    def has_odd_name(self) -> bool:
        """Whether the name is said to be UTF-8, and is not."""
        return bool(self.flags & UTF8) and _utf8(self.raw_name) is None

    @property
    def modified(self) -> str | None:
        """The time of change, ISO 8601 without a zone; None where it is no date."""
        try:
            return datetime(*moment_of(self.stamp)).isoformat()  # noqa: DTZ001 zip files do not record a zone
        except ValueError:
            return None


def moment_of(stamp: int) -> tuple[int, int, int, int, int, int]:
    """Year, month, day, hour, minute and second of a time as MS-DOS has it, which need not be a date that there is."""
    date, time = stamp >> 16, stamp & 0xFFFF
    return (date >> 9) + 1980, date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2


def decode_name(raw: bytes, flags: int, extra: bytes) -> str:
    """A member's name; a byte that should be UTF-8 and is not becomes an escape.

    A name that does not say how it is encoded is UTF-8 if it can be, as many writers have it, else code page 437.
    """
    if raw.isascii():
        return raw.decode("ascii")
    if flags & UTF8:
        return raw.decode("utf-8", "backslashreplace")
    for kind, value in extra_fields(extra):
        if kind == _UNICODE_PATH and value[:1] == b"\x01" and value[1:5] == zlib.crc32(raw).to_bytes(4, "little"):
            return value[5:].decode("utf-8", "backslashreplace")
    found = _utf8(raw)
    return raw.decode("cp437") if found is None else found


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The kinds and values of an extra field, as far as it holds together."""
    at = 0
    while at + EXTRA.size <= len(extra):
        kind, length = EXTRA.unpack_from(extra, at)
        at += EXTRA.size
        yield kind, extra[at : at + length]
        at += length


def widened(extra: bytes, *values: int) -> list[int]:
    """The values, of which those that are all ones stand in the extra field of zip64."""
    wide = next((value for kind, value in extra_fields(extra) if kind == ZIP64), b"")
    found = []
    for value in values:
        if value == _IN_EXTRA and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]  # noqa: PLW2901
        found.append(value)
    return found


def parse_record(data: bytes, at: int, number: int, prefix: int = 0, disk: int = 0) -> tuple[Entry, int] | None:
    """The entry at `at` and where the next one begins; None if there is none that holds together."""
    if len(data) - at < RECORD.size or data[at : at + 4] != CENTRAL:
        return None
    values = RECORD.unpack_from(data, at)
    _, _, _, flags, method, time, date, crc, compressed, size, names, extras, comments, part, _, mode, offset = values
    begin = at + RECORD.size
    after = begin + names + extras + comments
    if after > len(data):
        return None
    raw, extra = data[begin : begin + names], data[begin + names : begin + names + extras]
    if _IN_EXTRA in (compressed, size, offset):
        size, compressed, offset = widened(extra, size, compressed, offset)
    fault = None if part in (disk, _IN_EXTRA_SHORT) else f"it lies in part {part + 1} of a split archive"
    if max(compressed, size, offset) > _MOST:
        fault = "its size or its place is more than any file has"
        compressed, size, offset = min(compressed, _MOST), min(size, _MOST), min(offset, _MOST)
    name = decode_name(raw, flags, extra)
    stamp, offset = date << 16 | time, offset + prefix
    return Entry(number, name, raw, offset, compressed, size, crc, method, flags, stamp, mode >> 16, 0, fault), after


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
