"""Find and read the central directory of a zip, and check it against the file.

The standard library's reader is not used: it accepts members that overlap each other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO, NamedTuple

from .directory_bytes import DamagedDirectoryError, DirectoryBytes
from .directory_entries import DirectoryEntries
from .entry_list import Entries, EntryList
from .headers import CENTRAL, END, END_64, LOCAL

END_RECORD = struct.Struct("<4s4H2IH")
_END_RECORD_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_RECORD_64 = struct.Struct("<4sIQI")
"""The end record of the directory, the one of zip64, and the locator that gives the place of the latter."""

_LOCATOR_64 = b"PK\x06\x07"
_LONGEST_COMMENT = 0xFFFF
_END_TRIES = 8
"""Most candidates for the end record that are tried; a comment may contain thousands that look like one."""

_SAMPLED_MEMBERS = 16
"""Members whose local headers are looked for, to check the offsets in a directory."""


class Directory(NamedTuple):
    """The members in the directory's order, and the offset at which the directory begins."""

    entries: Entries
    begin: int


class _End(NamedTuple):
    """What the end record claims: where the directory begins and ends, and the number of this part (`disk`).

    `prefix` is how many bytes of the file come before the zip's own first byte. If it is negative, that many bytes are
    missing before the directory, and the offsets in it are useless.
    """

    begin: int
    end: int
    prefix: int
    disk: int


def read_directory(stream: BinaryIO, size: int) -> Directory | None:
    """Return the directory of a zip of `size` bytes; None without one, or if the last one is damaged.

    A directory without members is used only if there is no other, because a comment may look like its end record.
    An earlier directory is never used: it is of a zip inside a member, or of an older content of the file.
    """
    last = _last_end(stream, size)
    if last is None:
        return None
    if last.begin == last.end:
        return Directory(EntryList([]), last.begin)
    if last.prefix < 0:
        return None
    try:
        directory = DirectoryBytes(stream, last.begin, last.end)
        is_header = partial(_is_local_header, stream)
        entries = DirectoryEntries(directory, last.begin, last.prefix, last.disk, is_header)
    except DamagedDirectoryError:
        return None
    return Directory(entries, last.begin) if _has_local_header(stream, entries) else None


def directory_place(stream: BinaryIO, size: int) -> int:
    """Return where the directory at the end of a zip of `size` bytes begins, even a damaged one; else `size`."""
    last = _last_end(stream, size)
    return size if last is None or last.begin == last.end else last.begin


def _last_end(stream: BinaryIO, size: int) -> _End | None:
    """Return the likeliest end record of a directory with members; without one, that of an empty directory."""
    empty = None
    for end in _ends(stream, size):
        if end.begin < end.end:
            return end
        empty = empty or end
    return empty


def _has_local_header(stream: BinaryIO, entries: DirectoryEntries) -> bool:
    """Return whether any of the first members has a local header at its offset; if none has, all offsets are wrong."""
    return any(_is_local_header(stream, place) for place in entries.first_offsets(_SAMPLED_MEMBERS))


def _is_local_header(stream: BinaryIO, place: int) -> bool:
    stream.seek(place)
    return stream.read(4) == LOCAL


def _ends(stream: BinaryIO, size: int) -> Iterator[_End]:
    """Yield the possible end records of the directory, the likeliest first."""
    for record, place in islice(_end_records(stream, size), _END_TRIES):
        yield from _end_at(stream, record, place)


def _end_records(stream: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Yield what may be an end record, with its place in the file, the likeliest first.

    Most zips end with a record without a comment: then no other one is searched, unless that one is wrong.
    """
    usual = size - END_RECORD.size
    stream.seek(max(usual, 0))
    record = stream.read(END_RECORD.size)
    is_usual = record[:4] == END and record[20:] == b"\0\0"
    if is_usual:
        yield record, usual
    begin = max(usual - _LONGEST_COMMENT, 0)
    stream.seek(begin)
    tail = stream.read()
    places = []
    place = tail.rfind(END)
    while place >= 0:
        if len(tail) - place >= END_RECORD.size:
            comment = int.from_bytes(tail[place + 20 : place + 22], "little")
            places.append((place + END_RECORD.size + comment != len(tail), -place))
        place = tail.rfind(END, 0, place)
    for _, place in sorted(places):
        if not (is_usual and begin - place == usual):
            yield tail[-place : -place + END_RECORD.size], begin - place


def _end_at(stream: BinaryIO, record: bytes, place: int) -> Iterator[_End]:
    """Yield what the end record at `place` of the file claims, if there is a directory where it says."""
    _, disk, _, _, _, length, offset, _ = END_RECORD.unpack(record)
    end = place
    if (zip64_end := _zip64_end(stream, place)) is not None:
        disk, length, offset, end = zip64_end
    for begin in dict.fromkeys((end - length, offset)):
        if not 0 <= begin <= end:
            continue
        stream.seek(begin)
        is_there = stream.read(4) == CENTRAL
        if is_there or begin == end:
            yield _End(begin, end, begin - offset, disk)
        if is_there:  # then a record at the other place would be a later one, or no record
            return


def _zip64_end(stream: BinaryIO, place: int) -> tuple[int, int, int, int] | None:
    """Return the part, length and offset of the directory, and the place of the zip64 end record; None without one."""
    locator = place - _LOCATOR_RECORD_64.size
    if locator < 0:
        return None
    stream.seek(locator)
    magic, _, claimed, _ = _LOCATOR_RECORD_64.unpack(stream.read(_LOCATOR_RECORD_64.size))
    if magic != _LOCATOR_64:
        return None
    for begin in (locator - _END_RECORD_64.size, claimed):
        if 0 <= begin <= locator - _END_RECORD_64.size:
            stream.seek(begin)
            record = _END_RECORD_64.unpack(stream.read(_END_RECORD_64.size))
            if record[0] == END_64:
                return record[4], record[8], record[9], begin
    return None
