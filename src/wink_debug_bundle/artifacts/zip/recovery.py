"""Recover the members of a zip without a readable directory, by their local headers.

The directory is written last, so a zip has none if its writer was killed, or if it is a copy that was cut off.
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
    resolve_zip64,
)

_HEADER = struct.Struct("<4s5H3I2H")
_DESCRIPTOR = b"PK\x07\x08"
_LONGEST_RECORD = 46 + 3 * 0xFFFF
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
        parsed = parse_record(self._scan.read(at, _LONGEST_RECORD), 0, 0)
        if parsed is None:
            return self._scan.next(at + 4)
        record, _ = parsed
        end = at + RECORD.size + len(record.raw_name)  # the lengths of its other parts may be damaged
        if self._scan.next(at + 4, end) < end:  # compressed bytes may look like the beginning of a record
            return self._scan.next(at + 4)
        self.records.append(record)
        return self._scan.next(end)

    def _member(self, at: int) -> int:
        """Collect the member whose local header is at `at`, and return where to go on."""
        self._last = self._directory if at < self._directory else self._size
        header = self._scan.read(at, HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            return self._size
        _, _, flags, method, time, date, crc, compressed, size, names, extras = _HEADER.unpack(header)
        raw, extra = self._scan.read(at + HEADER_BYTES, names), self._scan.read(at + HEADER_BYTES + names, extras)
        begin = at + HEADER_BYTES + names + extras
        has_other = self._scan.next(at + 4, begin) < begin  # then its lengths are false, or those of the other header
        if not raw or len(raw) < names or has_other:
            return self._scan.next(at + 4)
        size, compressed = resolve_zip64(extra, size, compressed)
        claimed = _Extent(compressed, size, crc)
        is_unfinished = not compressed and method != STORED and not raw.endswith(b"/")  # sizes are filled in at the end
        extent = None if is_unfinished else self._confirm_claim(begin, flags, method, claimed)
        extent = extent or self._measure(begin, flags, method, claimed)
        end = self._scan.next(min(begin + extent.compressed_size, self._last))
        name, number = decode_name(raw, flags, extra), len(self.entries) + 1
        stamp = date << 16 | time
        self.entries.append(
            Entry(
                number, name, raw, at, extent.compressed_size, extent.size, extent.crc, method, flags, stamp, 0, end,
                extent.fault, extent.cut,
            )
        )  # fmt: skip
        return end

    def _confirm_claim(self, begin: int, flags: int, method: int, claimed: _Extent) -> _Extent | None:
        """Return what the header claims if the file confirms it; None if the member has to be measured."""
        end = begin + claimed.compressed_size
        if flags & DESCRIBED and not claimed.compressed_size:
            return None
        if end > self._last:
            return None
        is_followed = end == self._last or self._scan.next(end, end + 28) < end + 28
        if is_followed and (flags & ENCRYPTED or self._scan.next(begin, end) == end):
            return claimed
        return claimed if self._is_whole(begin, end, method, claimed) else None

    def _is_whole(self, begin: int, end: int, method: int, claimed: _Extent) -> bool:
        """Return whether the bytes up to `end` are the member, by its checksum.

        A header among them may be of a zip inside the member, or of the next member.
        """
        self._scan_budget -= end - begin
        if self._scan_budget < 0:
            return False
        if method == STORED:
            return self._scan.crc_of(begin, end) == claimed.crc
        try:
            return self._decompress(begin, method, claimed, end) == claimed
        except (ZipError, *CODEC_ERRORS):
            return False

    def _measure(self, begin: int, flags: int, method: int, claimed: _Extent) -> _Extent:
        """Return where the member ends by its bytes, with the checksum that is recorded for it."""
        if begin > self._last:
            return claimed._replace(compressed_size=0, fault="its header is cut off")
        if flags & ENCRYPTED or method == STORED:
            if claimed.compressed_size and begin + claimed.compressed_size > self._last:
                end = self._last if self._last == self._size else self._scan.next(begin)
                return _cut_off(claimed, end - begin, end - begin)
            end = self._described_end(begin) if flags & DESCRIBED else self._scan.next(begin)
            if not flags & DESCRIBED:
                return _cut_off(claimed, end - begin, end - begin)
            crc = self._scan.crc_of(begin, end) if method == STORED else 0
            measured = _Extent(end - begin, end - begin, crc)
        else:
            try:
                measured = self._decompress(begin, method, claimed, self._last)
                end = self._scan.next(begin)
                if end < begin + measured.compressed_size and not self._is_trusted(begin, flags, measured, claimed):
                    measured = self._decompress(begin, method, claimed, end)
            except (ZipError, *CODEC_ERRORS) as error:
                return claimed._replace(
                    compressed_size=self._scan.next(begin) - begin, fault=f"it cannot be decompressed: {error}"
                )
        return self._with_recorded_crc(begin, flags, measured, claimed)

    def _is_trusted(self, begin: int, flags: int, measured: _Extent, claimed: _Extent) -> bool:
        """Return whether headers among the compressed bytes are of a zip inside the member, not of later members.

        If the file ends within the member, they are inside it. If a directory follows a member that is cut off, bytes
        are missing between them, and the headers are of later members.
        """
        if measured.cut is not None:
            return self._last == self._size
        return measured.crc == self._with_recorded_crc(begin, flags, measured, claimed).crc

    def _with_recorded_crc(self, begin: int, flags: int, measured: _Extent, claimed: _Extent) -> _Extent:
        """Return `measured` with the checksum of the data descriptor after the bytes, or of the header."""
        if measured.cut is not None:
            return measured
        if flags & DESCRIBED:
            following = self._scan.read(begin + measured.compressed_size, 8)
            crc = following.removeprefix(_DESCRIPTOR)[:4]
            return measured._replace(crc=int.from_bytes(crc, "little")) if len(crc) == 4 else measured
        return measured._replace(crc=claimed.crc) if claimed.crc else measured

    def _decompress(self, begin: int, method: int, claimed: _Extent, last: int) -> _Extent:
        """Decompress the member to its own end, or as far as `last`, and return what it comes to.

        Raises:
            ZipError: the method is not supported, or the budget is used up.
            One of CODEC_ERRORS: the bytes are damaged.
        """
        codec = codec_for(method, claimed.size or _WINDOW)
        at, size, crc = begin, 0, 0
        while not codec.eof:
            chunk = b""
            if codec.needs_input:
                chunk = self._scan.read(at, min(SCAN_BYTES, last - at))
                at += len(chunk)
                self._scan_budget -= len(chunk)
                if not chunk:
                    return _cut_off(claimed, last - begin, size)
            data = codec.decompress(chunk, SCAN_BYTES)
            size, crc = size + len(data), zlib.crc32(data, crc)
            self._limit -= len(data)
            if self._limit < 0 or self._scan_budget < 0:
                raise ZipError("its end is not recorded, and to find it would take too long")
        return _Extent(at - len(codec.unused_data) - begin, size, crc)

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


def _cut_off(claimed: _Extent, compressed: int, size: int) -> _Extent:
    """Return the extent of a member that is cut off after `compressed` bytes, which decompress to `size`."""
    of = f" of {claimed.compressed_size}" if claimed.compressed_size else ""
    return _Extent(compressed, size, claimed.crc, cut=f"it is cut off after {compressed}{of} compressed bytes")
