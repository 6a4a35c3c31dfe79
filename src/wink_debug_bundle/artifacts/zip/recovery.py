"""Recover the members of a zip without a readable directory, by their local headers.

The directory is written last, so a zip has none if its writer was killed, or if it is a copy that was cut off.
"""

from __future__ import annotations

import zlib
from operator import attrgetter
from typing import Any, BinaryIO, NamedTuple

from ..read_errors import ZipError
from .central_directory import directory_place
from .codecs import CODEC_ERRORS, STORED, codec_for
from .header_scan import SCAN_BYTES, Scan
from .headers import (
    CENTRAL,
    LOCAL,
    LONGEST_RECORD,
    RECORD_BYTES,
    Entry,
    LocalHeader,
    decode_name,
    entry_of,
    parse_record,
    record_place,
)

_DESCRIPTOR = b"PK\x07\x08"
_WINDOW = 64 << 20
"""Window size for LZMA if the member's size is not known."""

_SCAN_BUDGET = 4
"""Budget for trial decompression, as a multiple of the file size: headers nested in each other could need far more."""


class _Extent(NamedTuple):
    """The sizes and checksum of a member's bytes, and what is wrong with them or missing at their end."""

    compressed_size: int
    size: int
    crc: int
    fault: str | None = None
    cut: str | None = None


def recover_entries(stream: BinaryIO, size: int, limit: int) -> list[Entry]:
    """Return the members whose local headers are found in a file of `size` bytes, in the order of the file.

    Members that only a leftover of the directory names follow after them. If a header does not say where its member
    ends, the member is decompressed to find out, all such members together to at most `limit` bytes.
    """
    walk = _Walk(stream, size, limit)
    walk.run()
    matches, unmatched = _match_records(walk.entries, walk.records)
    recovered = [
        entry._replace(mode=matches[entry.number].mode if entry.number in matches else 0) for entry in walk.entries
    ]
    return recovered + [
        record._replace(number=number, offset=size, end=size, fault="it is in the directory, but has no local header")
        for number, record in enumerate(unmatched, len(recovered) + 1)
    ]


def _match_records(entries: list[Entry], records: list[Entry]) -> tuple[dict[int, Entry], list[Entry]]:
    """Return the directory record of each entry, by the entry's number, and the records without an entry.

    Of several records with an entry's name, the one with the same checksum is chosen, else the first.
    """
    left = dict(enumerate(records))
    matches: dict[int, Entry] = {}
    for key in attrgetter("raw_name", "crc"), attrgetter("raw_name"):
        candidates: dict[Any, list[int]] = {}
        for index in reversed(left):
            candidates.setdefault(key(left[index]), []).append(index)
        for entry in entries:
            if entry.number not in matches and (fitting := candidates.get(key(entry))):
                matches[entry.number] = left.pop(fitting.pop())
    return matches, list(left.values())


class _Walk:
    """Goes through the file from header to header and collects entries of local headers and directory records."""

    def __init__(self, stream: BinaryIO, size: int, limit: int) -> None:
        self.entries: list[Entry] = []
        self.records: list[Entry] = []
        self._scan = Scan(stream, size)
        self._size = size
        self._directory = directory_place(stream, size)
        """Where the remains of the directory begin, or the end of the file: members before it end before it."""
        self._last = self._directory
        self._limit = limit
        self._scan_budget = _SCAN_BUDGET * size

    def run(self) -> None:
        """Go through the whole file."""
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
        """Collect the directory record at `at`, and return where to go on."""
        record = parse_record(self._scan.read(at, LONGEST_RECORD), 0)
        if record is None:
            return self._scan.next(at + 4)
        end = at + RECORD_BYTES + len(record.raw_name)  # the lengths of its other parts may be damaged
        if self._scan.next(at + 4, end) < end:  # compressed bytes may look like the beginning of a record
            return self._scan.next(at + 4)
        self.records.append(entry_of(record, 0, record_place(record)))
        return self._scan.next(end)

    def _member(self, at: int) -> int:
        """Collect the member whose local header is at `at`, and return where to go on."""
        self._last = self._directory if at < self._directory else self._size
        header = self._scan.local_header(at)
        if header is None or not header.raw_name:
            return self._scan.next(at + 4)
        if self._scan.next(at + 4, header.data_start) < header.data_start:
            return self._scan.next(at + 4)  # another header within this one: its lengths are false, or it is no header
        extent = self._confirm_claim(header) or self._measure(header)
        end = self._scan.next(min(header.data_start + extent.compressed_size, self._last))
        self.entries.append(_entry(header, extent, len(self.entries) + 1, end))
        return end

    def _confirm_claim(self, header: LocalHeader) -> _Extent | None:
        """Return what the header claims if the file confirms it; None if the member has to be measured."""
        begin, end = header.data_start, header.data_start + header.compressed_size
        if not header.compressed_size and header.has_descriptor:
            return None
        if not header.compressed_size and header.method != STORED and not header.raw_name.endswith(b"/"):
            return None  # its writer fills in the sizes when the member is finished, and did not get there
        if end > self._last:
            return None
        is_followed = end == self._last or self._scan.next(end, end + 28) < end + 28
        if is_followed and (header.is_encrypted or self._scan.next(begin, end) == end):
            return _claimed(header)
        return _claimed(header) if self._is_whole(header, end) else None

    def _is_whole(self, header: LocalHeader, end: int) -> bool:
        """Return whether the bytes up to `end` are the member, by its checksum.

        A header among them may be of a zip inside the member, or of the next member.
        """
        self._scan_budget -= end - header.data_start
        if self._scan_budget < 0:
            return False
        if header.method == STORED:
            return self._scan.crc_of(header.data_start, end) == header.crc
        try:
            return self._decompress(header, end) == _claimed(header)
        except (ZipError, *CODEC_ERRORS):
            return False

    def _measure(self, header: LocalHeader) -> _Extent:
        """Return the member's extent by its bytes, with the checksum that is recorded for it."""
        if header.data_start > self._last:
            return _claimed(header)._replace(compressed_size=0, fault="its header is cut off")
        if header.is_encrypted or header.method == STORED:
            measured = self._measure_opaque(header)
        else:
            measured = self._measure_compressed(header)
        return measured if measured.fault or measured.cut else self._with_recorded_crc(header, measured)

    def _measure_opaque(self, header: LocalHeader) -> _Extent:
        """Return the extent of a member whose bytes do not show where they end: it is stored or encrypted."""
        begin = header.data_start
        if header.compressed_size and begin + header.compressed_size > self._last:
            end = self._last if self._last == self._size else self._scan.next(begin)
            return _cut_off(header, end - begin, end - begin)
        if not header.has_descriptor:
            size = self._scan.next(begin) - begin
            return _cut_off(header, size, size)
        end = self._described_end(begin)
        crc = self._scan.crc_of(begin, end) if header.method == STORED else 0
        return _Extent(end - begin, end - begin, crc)

    def _measure_compressed(self, header: LocalHeader) -> _Extent:
        """Return the extent of a compressed member by decompressing it."""
        begin = header.data_start
        try:
            measured = self._decompress(header, self._last)
            end = self._scan.next(begin)
            if end < begin + measured.compressed_size and not self._is_trusted(header, measured):
                measured = self._decompress(header, end)
        except (ZipError, *CODEC_ERRORS) as error:
            size, fault = self._scan.next(begin) - begin, f"it cannot be decompressed: {error}"
            return _claimed(header)._replace(compressed_size=size, fault=fault)
        return measured

    def _is_trusted(self, header: LocalHeader, measured: _Extent) -> bool:
        """Return whether headers among the compressed bytes are of a zip inside the member, not of later members.

        If the file ends within the member, they are inside it. If a directory follows a member that is cut off, bytes
        are missing between them, and the headers are of later members.
        """
        if measured.cut is not None:
            return self._last == self._size
        return measured.crc == self._with_recorded_crc(header, measured).crc

    def _with_recorded_crc(self, header: LocalHeader, measured: _Extent) -> _Extent:
        """Return `measured` with the checksum of the data descriptor after the bytes, or of the header."""
        if header.has_descriptor:
            following = self._scan.read(header.data_start + measured.compressed_size, 8)
            crc = following.removeprefix(_DESCRIPTOR)[:4]
            return measured._replace(crc=int.from_bytes(crc, "little")) if len(crc) == 4 else measured
        return measured._replace(crc=header.crc) if header.crc else measured

    def _decompress(self, header: LocalHeader, last: int) -> _Extent:
        """Decompress the member to its own end, or as far as `last`, and return its extent.

        Raises:
            ZipError: the method is not supported, or the budget is used up.
            One of CODEC_ERRORS: the bytes are damaged.
        """
        codec = codec_for(header.method, header.size or _WINDOW)
        at, size, crc = header.data_start, 0, 0
        while not codec.eof:
            chunk = b""
            if codec.needs_input:
                chunk = self._scan.read(at, min(SCAN_BYTES, last - at))
                at += len(chunk)
                self._scan_budget -= len(chunk)
                if not chunk:
                    return _cut_off(header, last - header.data_start, size)
            data = codec.decompress(chunk, SCAN_BYTES)
            size, crc = size + len(data), zlib.crc32(data, crc)
            self._limit -= len(data)
            if self._limit < 0 or self._scan_budget < 0:
                raise ZipError("its end is not recorded, and to find it would take too long")
        return _Extent(at - len(codec.unused_data) - header.data_start, size, crc)

    def _described_end(self, begin: int) -> int:
        """Return where bytes without an end mark of their own end: at a matching data descriptor, else at a header."""
        at = begin
        while self._scan_budget > 0 and (end := self._scan.next(at, magics=(_DESCRIPTOR,))) < self._size:
            if self._scan.read(end + 8, 4) == (end - begin).to_bytes(8, "little")[:4]:
                return end
            self._scan_budget -= end - at
            at = end + 4
        self._scan_budget -= self._size - at
        return self._scan.next(begin)


def _claimed(header: LocalHeader) -> _Extent:
    """Return what the header claims of the member's bytes."""
    return _Extent(header.compressed_size, header.size, header.crc)


def _cut_off(header: LocalHeader, compressed: int, size: int) -> _Extent:
    """Return the extent of a member that is cut off after `compressed` bytes, which decompress to `size`."""
    of = f" of {header.compressed_size}" if header.compressed_size else ""
    return _Extent(compressed, size, header.crc, cut=f"it is cut off after {compressed}{of} compressed bytes")


def _entry(header: LocalHeader, extent: _Extent, number: int, end: int) -> Entry:
    """Return the entry of a recovered member; its mode is only in the directory."""
    return Entry(
        number=number,
        name=decode_name(header.raw_name, header.flags, header.extra),
        raw_name=header.raw_name,
        offset=header.offset,
        compressed_size=extent.compressed_size,
        size=extent.size,
        crc=extent.crc,
        method=header.method,
        flags=header.flags,
        stamp=header.stamp,
        mode=0,
        end=end,
        fault=extent.fault,
        cut=extent.cut,
    )
