"""The directory of a zip: where it lies, and whether it can be believed.

Read here and not by the standard library, whose reader follows members that lie in each other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from .headers import CENTRAL, END, END_64, LOCAL, RECORD, Entry, parse_record

END_RECORD = struct.Struct("<4s4H2IH")
_END_RECORD_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_RECORD_64 = struct.Struct("<4sIQI")
"""The directory's last record, that of zip64, and what tells where that lies."""

_LOCATOR_64 = b"PK\x06\x07"
_LONGEST_COMMENT = 0xFFFF
_END_TRIES = 8
"""Places that look like the end of a directory, and are tried; a comment may hold thousands."""

_WITNESSES = 16
"""Members that are looked for, to see whether a directory tells their places right."""


class Directory(NamedTuple):
    """The members in the directory's order, and where the directory begins."""

    entries: list[Entry]
    begin: int


class _End(NamedTuple):
    """What the last record says: where the directory begins and ends, and this part's number.

    `prefix` is the number of bytes in front of the zip's own first one. Where it is negative, as many are missing in front
    of the directory, and the places that it tells are worth nothing.
    """

    begin: int
    end: int
    prefix: int
    disk: int


def read_directory(stream: BinaryIO, size: int) -> Directory | None:
    """The directory of a zip of `size` bytes; None if there is none, or the last one does not hold together.

    One without members counts only where there is no other: a comment may look like its end. An earlier one does not
    count: it is that of a zip inside a member, or of what stood in the place of the file before.
    """
    ends = list(_ends(stream, size))
    last = next((end for end in ends if end.begin < end.end), None)
    if last is None:
        return Directory([], ends[0].begin) if ends else None
    if last.prefix < 0:
        return None
    stream.seek(last.begin)
    entries = _entries(stream.read(last.end - last.begin), last)
    if not entries or not _is_borne_out(stream, entries):
        return None
    return Directory(_placed(stream, entries, last.begin), last.begin)


def directory_place(stream: BinaryIO, size: int) -> int:
    """Where the directory at the end of a zip of `size` bytes begins, also one that holds nothing right; else `size`."""
    return next((end.begin for end in _ends(stream, size) if end.begin < end.end), size)


def _is_borne_out(stream: BinaryIO, entries: list[Entry]) -> bool:
    """Whether one of the first members is where the directory says; else its own place is told wrong, and so all are."""
    return any(_is_header(stream, entry.offset) for entry in entries[:_WITNESSES])


def _is_header(stream: BinaryIO, place: int) -> bool:
    stream.seek(place)
    return stream.read(4) == LOCAL


def _ends(stream: BinaryIO, size: int) -> Iterator[_End]:
    """The ends of directories that the file may have, the likeliest first."""
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
        yield from _end_at(stream, tail[-place : -place + END_RECORD.size], begin - place)


def _end_at(stream: BinaryIO, record: bytes, place: int) -> Iterator[_End]:
    """What the record at `place` of the file says, as far as a directory lies there."""
    _, disk, _, _, _, length, offset, _ = END_RECORD.unpack(record)
    end = place
    if (wide := _wide_end(stream, place)) is not None:
        disk, length, offset, end = wide
    for begin in dict.fromkeys((end - length, offset)):
        if not 0 <= begin <= end:
            continue
        stream.seek(begin)
        is_there = stream.read(4) == CENTRAL
        if is_there or begin == end:
            yield _End(begin, end, begin - offset, disk)
        if is_there:  # then the other place is that of a later record, or of nothing
            return


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


def _placed(stream: BinaryIO, entries: list[Entry], directory: int) -> list[Entry]:
    """The entries with their ends; where two would overlap, the one without a header at its place does not count."""
    found = _with_ends(entries, directory, set())
    if not any(entry.has_bytes and entry.least_end > entry.end for entry in found):
        return found
    places = ((entry.number, entry.offset) for entry in found if entry.has_bytes)
    return _with_ends(entries, directory, {number for number, place in places if not _is_header(stream, place)})


def _with_ends(entries: list[Entry], directory: int, astray: set[int]) -> list[Entry]:
    """The entries, each with where the next one begins; of those at one place, only the first can be read."""
    found = entries.copy()
    following, first = directory, 0
    for entry in sorted(entries, key=lambda entry: (-entry.offset, entry.number)):
        end, fault = following, entry.fault
        if entry.number in astray:
            end, fault = entry.offset, f"there is no header of a member at byte {entry.offset}"
        elif entry.offset == following and first:
            end, fault = entry.offset, f"it lies at the same place as member {first}"
        elif entry.offset >= directory:
            end, fault = entry.offset, "the directory says that it lies behind the directory"
        else:
            following, first = entry.offset, entry.number
        found[entry.number - 1] = entry._replace(end=end, fault=fault)
    return found
