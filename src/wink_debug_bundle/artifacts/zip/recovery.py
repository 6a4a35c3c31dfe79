"""Members of a zip whose directory is lost, by the headers in front of them.

A zip gets its directory last: that of a writer that was killed, or of a copy that was cut off, has none.
"""

from __future__ import annotations

import struct
import zlib
from operator import attrgetter
from typing import Any, BinaryIO, NamedTuple

from ..read_errors import ZipError
from .central_directory import directory_place
from .codecs import CODEC_ERRORS, STORED, codec_for
from .header_scan import SCAN_BYTES, Scan
from .headers import (
    CENTRAL,
    DESCRIBED,
    ENCRYPTED,
    HEADER_BYTES,
    LOCAL,
    RECORD,
    Entry,
    decode_name,
    parse_record,
    widened,
)

_HEADER = struct.Struct("<4s5H3I2H")
_DESCRIPTOR = b"PK\x07\x08"
_LONGEST_RECORD = 46 + 3 * 0xFFFF
_WINDOW = 64 << 20
"""Window of LZMA where the size is not known."""

_SCAN_BUDGET = 4
"""Packed bytes unpacked in search of ends, in sizes of the file: headers that lie within each other ask for more."""


class _ByteRange(NamedTuple):
    """What is known of a member's bytes: packed and unpacked size, checksum, and what is wrong or missing."""

    compressed_size: int
    size: int
    crc: int
    fault: str | None = None
    cut: str | None = None


def recover_entries(stream: BinaryIO, size: int, limit: int) -> list[Entry]:
    """The members whose headers are found in a file of `size` bytes, in their order, and those only told of after them.

    To find where a member ends that does not say so it is unpacked, all of them together to `limit` bytes at most.
    """
    walk = _Walk(stream, size, limit)
    walk.run()
    told, missed = _matched(walk.entries, walk.records)
    found = [entry._replace(mode=told[entry.number].mode if entry.number in told else 0) for entry in walk.entries]
    return found + [
        record._replace(number=number, offset=size, end=size, fault="only the directory tells of it")
        for number, record in enumerate(missed, len(found) + 1)
    ]


def _matched(entries: list[Entry], records: list[Entry]) -> tuple[dict[int, Entry], list[Entry]]:
    """The directory's record of each entry, by the entry's number, and the records of none.

    Of several with one name, the one with the same checksum is an entry's, else the first.
    """
    left = dict(enumerate(records))
    found: dict[int, Entry] = {}
    for key in attrgetter("raw_name", "crc"), attrgetter("raw_name"):
        places: dict[Any, list[int]] = {}
        for place in reversed(left):
            places.setdefault(key(left[place]), []).append(place)
        for entry in entries:
            if entry.number not in found and (fitting := places.get(key(entry))):
                found[entry.number] = left.pop(fitting.pop())
    return found, list(left.values())


class _Walk:
    """Goes from header to header."""

    def __init__(self, stream: BinaryIO, size: int, limit: int) -> None:
        self.entries: list[Entry] = []
        self.records: list[Entry] = []
        self._scan = Scan(stream, size)
        self._size = size
        self._directory = directory_place(stream, size)
        """What is left of the directory, or the end of the file: no bytes of a member before it lie behind it."""
        self._last = self._directory
        self._limit = limit
        self._scan_budget = _SCAN_BUDGET * size

    def run(self) -> None:
        at = self._scan.next(0)
        while at < self._size:
            match self._scan.read(at, 4):
                case magic if magic == LOCAL:
                    at = self._member(at)
                case magic if magic == CENTRAL:
                    at = self._record(at)
                case _:
                    at = self._scan.next(at + 4)

    def _record(self, at: int) -> int:
        """Take a record of what is left of the directory, and return where to go on."""
        found = parse_record(self._scan.read(at, _LONGEST_RECORD), 0, 0)
        if found is None:
            return self._scan.next(at + 4)
        record, _ = found
        end = at + RECORD.size + len(record.raw_name)  # what it says of its other parts may be damaged
        if self._scan.next(at + 4, end) < end:  # packed bytes may look like the beginning of a record
            return self._scan.next(at + 4)
        self.records.append(record)
        return self._scan.next(end)

    def _member(self, at: int) -> int:
        """Add the member at `at`, and return where to go on."""
        self._last = self._directory if at < self._directory else self._size
        header = self._scan.read(at, HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            return self._size
        _, _, flags, method, time, date, crc, compressed, size, names, extras = _HEADER.unpack(header)
        raw, extra = self._scan.read(at + HEADER_BYTES, names), self._scan.read(at + HEADER_BYTES + names, extras)
        begin = at + HEADER_BYTES + names + extras
        has_other = self._scan.next(at + 4, begin) < begin  # then its lengths are lies, or those of the other
        if not raw or len(raw) < names or has_other:
            return self._scan.next(at + 4)
        size, compressed = widened(extra, size, compressed)
        told = _ByteRange(compressed, size, crc)
        is_begun = not compressed and method != STORED and not raw.endswith(b"/")  # its writer knew no size yet
        byte_range = None if is_begun else self._told(begin, flags, method, told)
        byte_range = byte_range or self._measured(begin, flags, method, told)
        end = self._scan.next(min(begin + byte_range.compressed_size, self._last))
        name, number = decode_name(raw, flags, extra), len(self.entries) + 1
        stamp = date << 16 | time
        self.entries.append(
            Entry(
                number, name, raw, at, byte_range.compressed_size, byte_range.size, byte_range.crc, method, flags, stamp, 0, end,
                byte_range.fault, byte_range.cut,
            )
        )  # fmt: skip
        return end

    def _told(self, begin: int, flags: int, method: int, told: _ByteRange) -> _ByteRange | None:
        """What the header says, if the file bears it out; None if the member has to be measured."""
        end = begin + told.compressed_size
        if flags & DESCRIBED and not told.compressed_size:
            return None
        if end > self._last:
            return None
        is_followed = end == self._last or self._scan.next(end, end + 28) < end + 28
        if is_followed and (flags & ENCRYPTED or self._scan.next(begin, end) == end):
            return told
        return told if self._is_whole(begin, end, method, told) else None

    def _is_whole(self, begin: int, end: int, method: int, told: _ByteRange) -> bool:
        """Whether the bytes between are those of the member; a header among them may be of one inside it, or the next."""
        self._scan_budget -= end - begin
        if self._scan_budget < 0:
            return False
        if method == STORED:
            return self._scan.crc_of(begin, end) == told.crc
        try:
            return self._decompressed(begin, method, told, end) == told
        except (ZipError, *CODEC_ERRORS):
            return False

    def _measured(self, begin: int, flags: int, method: int, told: _ByteRange) -> _ByteRange:
        """Find out where the member ends."""
        if begin > self._last:
            return told._replace(compressed_size=0, fault="its header is cut off")
        if flags & ENCRYPTED or method == STORED:
            if told.compressed_size and begin + told.compressed_size > self._last:
                end = self._last if self._last == self._size else self._scan.next(begin)
                return _cut(told, end - begin, end - begin)
            end = self._described_end(begin) if flags & DESCRIBED else self._scan.next(begin)
            if not flags & DESCRIBED:
                return _cut(told, end - begin, end - begin)
            crc = self._scan.crc_of(begin, end) if method == STORED else 0
            found = _ByteRange(end - begin, end - begin, crc)
        else:
            try:
                found = self._decompressed(begin, method, told, self._last)
                end = self._scan.next(begin)
                if end < begin + found.compressed_size and not self._is_borne_out(begin, flags, found, told):
                    found = self._decompressed(begin, method, told, end)
            except (ZipError, *CODEC_ERRORS) as error:
                return told._replace(
                    compressed_size=self._scan.next(begin) - begin, fault=f"it cannot be unpacked: {error}"
                )
        return self._confirmed(begin, flags, found, told)

    def _is_borne_out(self, begin: int, flags: int, found: _ByteRange, told: _ByteRange) -> bool:
        """Whether headers among the packed bytes are of a zip inside the member, and not of the members after it.

        Where a file ends in a member, headers in it are taken for its own; with a directory, bytes are missing between.
        """
        if found.cut is not None:
            return self._last == self._size
        return found.crc == self._confirmed(begin, flags, found, told).crc

    def _confirmed(self, begin: int, flags: int, found: _ByteRange, told: _ByteRange) -> _ByteRange:
        """What was found, with the checksum that stands behind the packed bytes, or in the header."""
        if found.cut is not None:
            return found
        if flags & DESCRIBED:
            behind = self._scan.read(begin + found.compressed_size, 8)
            behind = behind.removeprefix(_DESCRIPTOR)[:4]
            return found._replace(crc=int.from_bytes(behind, "little")) if len(behind) == 4 else found
        return found._replace(crc=told.crc) if told.crc else found

    def _decompressed(self, begin: int, method: int, told: _ByteRange, last: int) -> _ByteRange:
        """Unpack the member to its own end, or as far as `last`."""
        codec = codec_for(method, told.size or _WINDOW)
        at, size, crc = begin, 0, 0
        while not codec.eof:
            piece = b""
            if codec.needs_input:
                piece = self._scan.read(at, min(SCAN_BYTES, last - at))
                at += len(piece)
                self._scan_budget -= len(piece)
                if not piece:
                    return _cut(told, last - begin, size)
            data = codec.decompress(piece, SCAN_BYTES)
            size, crc = size + len(data), zlib.crc32(data, crc)
            self._limit -= len(data)
            if self._limit < 0 or self._scan_budget < 0:
                raise ZipError("nothing says where it ends, and to find out would take too long")
        return _ByteRange(at - len(codec.unused_data) - begin, size, crc)

    def _described_end(self, begin: int) -> int:
        """Where packed bytes end that say nothing themselves: at a descriptor that gives their number, else a header."""
        at = begin
        while self._scan_budget > 0 and (end := self._scan.next(at, magics=(_DESCRIPTOR,))) < self._size:
            if self._scan.read(end + 8, 4) == (end - begin).to_bytes(8, "little")[:4]:
                return end
            self._scan_budget -= end - at
            at = end + 4
        self._scan_budget -= self._size - at
        return self._scan.next(begin)


def _cut(told: _ByteRange, compressed: int, size: int) -> _ByteRange:
    """A member of which only `packed` bytes are left, that unpack to `size`."""
    of = f" of {told.compressed_size}" if told.compressed_size else ""
    return _ByteRange(compressed, size, told.crc, cut=f"it is cut off after {compressed}{of} packed bytes")
