"""The directory of a zip: what it says of each member.

Read here and not by the standard library, whose reader refuses a whole archive for one odd name, cuts names at a NUL,
and follows members that lie in each other.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, NamedTuple

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END_64, _LOCATOR_64 = b"PK\x06\x06", b"PK\x06\x07"

RECORD = struct.Struct("<4s6H3I5H2I")
END_RECORD = struct.Struct("<4s4H2IH")
_END_RECORD_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_RECORD_64 = struct.Struct("<4sIQI")
EXTRA = struct.Struct("<HH")
"""What directories are made of: a member's record, the last record, and the head of a part of an extra field."""

_LONGEST_COMMENT = 0xFFFF
_END_TRIES = 8
"""Places that look like the end of a directory, and are tried; a comment may hold thousands."""

_WITNESSES = 16
"""Members that are looked for, to see whether a directory tells their places right."""

_IN_EXTRA, _IN_EXTRA_SHORT = 0xFFFFFFFF, 0xFFFF
"""Values that stand for one in the extra field of zip64."""

ZIP64, _UNICODE_PATH = 0x0001, 0x7075

_MOST = 1 << 48
"""Bytes that no file has; sizes and places above are lies, and sums of them would not fit in 64 bits."""

ENCRYPTED, DESCRIBED, UTF8 = 0x1, 0x8, 0x800
"""Flags of members: encrypted; sizes and checksum stand behind the packed bytes; the name is UTF-8."""


class ZipError(Exception):
    """A zip, or a member of it, cannot be read."""


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
    packed_size: int
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


class Directory(NamedTuple):
    """The members in the directory's order, and where the directory begins."""

    entries: list[Entry]
    begin: int


class _End(NamedTuple):
    """What the last record says: where the directory begins and ends, and this part's number.

    `prefix` is the number of bytes in front of the zip's own first one.
    """

    begin: int
    end: int
    prefix: int
    disk: int


def read_directory(stream: BinaryIO, size: int) -> Directory | None:
    """The directory of a zip of `size` bytes; None if there is none, or it does not hold together.

    One without members counts only where there is no other: a comment may look like its end.
    """
    empty = None
    for end in _ends(stream, size):
        stream.seek(end.begin)
        entries = _entries(stream.read(end.end - end.begin), end)
        if entries and _is_borne_out(stream, entries):
            return Directory(_with_ends(entries, end.begin), end.begin)
        if entries == []:
            empty = empty or Directory([], end.begin)
    return empty


def directory_place(stream: BinaryIO, size: int) -> int:
    """Where the directory at the end of a zip of `size` bytes begins, also one that holds nothing right; else `size`."""
    for end in _ends(stream, size, anywhere=True):
        if end.begin < end.end:
            return end.begin
    return size


def _is_borne_out(stream: BinaryIO, entries: list[Entry]) -> bool:
    """Whether one of the first members is where the directory says; else its own place is told wrong, and so all are."""
    for entry in entries[:_WITNESSES]:
        stream.seek(entry.offset)
        if stream.read(4) == LOCAL:
            return True
    return False


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
    _, _, _, flags, method, time, date, crc, packed, size, names, extras, comments, part, _, mode, offset = values
    begin = at + RECORD.size
    after = begin + names + extras + comments
    if after > len(data):
        return None
    raw, extra = data[begin : begin + names], data[begin + names : begin + names + extras]
    if _IN_EXTRA in (packed, size, offset):
        size, packed, offset = widened(extra, size, packed, offset)
    fault = None if part in (disk, _IN_EXTRA_SHORT) else f"it lies in part {part + 1} of a split archive"
    if max(packed, size, offset) > _MOST:
        fault = "its size or its place is more than any file has"
        packed, size, offset = min(packed, _MOST), min(size, _MOST), min(offset, _MOST)
    name = decode_name(raw, flags, extra)
    stamp, offset = date << 16 | time, offset + prefix
    return Entry(number, name, raw, offset, packed, size, crc, method, flags, stamp, mode >> 16, 0, fault), after


def _ends(stream: BinaryIO, size: int, *, anywhere: bool = False) -> Iterator[_End]:
    """The ends of directories that the file may have, the likeliest first; `anywhere`, of such that lack bytes before."""
    begin = max(size - END_RECORD.size - _LONGEST_COMMENT, 0)
    stream.seek(begin)
    tail = stream.read()
    places = []
    place = tail.rfind(END)
    while place >= 0:
        if len(tail) - place >= END_RECORD.size:
            comment = int.from_bytes(tail[place + 20 : place + 22], "little")
            places.append((place + END_RECORD.size + comment != len(tail), -place))
        place = tail.rfind(END, 0, place)
    for _, place in sorted(places)[:_END_TRIES]:
        yield from _end_at(stream, tail[-place : -place + END_RECORD.size], begin - place, anywhere=anywhere)


def _end_at(stream: BinaryIO, record: bytes, place: int, *, anywhere: bool) -> Iterator[_End]:
    """What the record at `place` of the file says, as far as a directory lies there."""
    _, disk, _, _, _, length, offset, _ = END_RECORD.unpack(record)
    end = place
    if (wide := _wide_end(stream, place)) is not None:
        disk, length, offset, end = wide
    for begin in dict.fromkeys((end - length, offset)):
        if (
            (0 if anywhere else offset) <= begin <= end
        ):  # else bytes are missing before it: its offsets are worth nothing
            stream.seek(begin)
            if begin == end or stream.read(4) == CENTRAL:
                yield _End(begin, end, begin - offset, disk)


def _wide_end(stream: BinaryIO, place: int) -> tuple[int, int, int, int] | None:
    """Part, length and offset of the directory and where the record of zip64 lies, if there is one."""
    locator = place - _LOCATOR_RECORD_64.size
    if locator < 0:
        return None
    stream.seek(locator)
    magic, _, told, _ = _LOCATOR_RECORD_64.unpack(stream.read(_LOCATOR_RECORD_64.size))
    if magic != _LOCATOR_64:
        return None
    for begin in (locator - _END_RECORD_64.size, told):
        if 0 <= begin <= locator - _END_RECORD_64.size:
            stream.seek(begin)
            record = _END_RECORD_64.unpack(stream.read(_END_RECORD_64.size))
            if record[0] == END_64:
                return record[4], record[8], record[9], begin
    return None


def _entries(data: bytes, end: _End) -> list[Entry] | None:
    """The entries of a directory; where no member lies in the part that its end names, the end is damaged, and not they."""
    entries = _parse(data, end)
    if entries and all(entry.fault is not None for entry in entries):
        part: int = RECORD.unpack_from(data)[13]
        return _parse(data, end._replace(disk=part))
    return entries


def _parse(data: bytes, end: _End) -> list[Entry] | None:
    """The entries of a directory; None if it does not hold together."""
    entries: list[Entry] = []
    at = 0
    while at < len(data):
        found = parse_record(data, at, len(entries) + 1, end.prefix, end.disk)
        if found is None:
            return None
        entry, at = found
        entries.append(entry)
    return entries


def _with_ends(entries: list[Entry], directory: int) -> list[Entry]:
    """The entries, each with where the next one begins; of those at one place, only the first can be read."""
    following, first = directory, 0
    for entry in sorted(entries, key=lambda entry: (-entry.offset, entry.number)):
        end, fault = following, entry.fault
        if entry.offset == following and first:
            end, fault = entry.offset, f"it lies at the same place as member {first}"
        elif entry.offset >= directory:
            end, fault = entry.offset, "the directory says that it lies behind the directory"
        else:
            following, first = entry.offset, entry.number
        entries[entry.number - 1] = entry._replace(end=end, fault=fault)
    return entries


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
