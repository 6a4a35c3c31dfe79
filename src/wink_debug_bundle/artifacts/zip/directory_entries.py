"""Hold the members of a zip by their places in its directory, and parse the record of one when it is needed.

A zip may have millions of members: an object for each would take half a kilobyte, their places take eight bytes. Where
members stand one after the other, as in every ordinary zip, each ends where the next begins, and nothing else is held.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum

from ..read_errors import ZipError
from .directory_bytes import DirectoryBytes
from .entry_list import Entries, Extent
from .headers import (
    IN_EXTRA,
    LOCAL_BYTES,
    LONGEST_RECORD,
    RECORD_BYTES,
    Entry,
    decode_name,
    entry_of,
    parse_record,
    record_place,
)
from .plain_records import plain_entry

_BLOCK = 16
"""Records that are parsed together; the directory's place of each first one of them is held."""

_MOST_BLOCKS = 256
"""Blocks of parsed records that are held: those of all members of an ordinary zip."""

_SORTED_AT_ONCE = 1 << 16
"""Members that are sorted at once; more are merged from sorted parts, as sorting needs memory for each."""


class _Fault(IntEnum):
    """Why a member cannot be read that another one, or the directory, keeps from having its own bytes."""

    NONE = 0
    MISPLACED = 1
    SHARED = 2
    BEYOND = 3


_Claim = tuple[int, int, int, int, bool]
"""What a record claims: its place, and of its member the offset, the size, the lowest possible end, and whether it is
sound."""


class DirectoryEntries(Entries):
    """The members in a directory that begins at `begin` of the file.

    The zip itself begins after `prefix` bytes of the file. Its members should be in part `disk` of a split archive; if
    none is, the number of the part is wrong, and that of the first member is taken.

    Args:
        directory: The bytes of the directory.
        begin: Where it begins in the file.
        prefix: Bytes of the file before the zip.
        disk: Number of the part.
        is_local_header: Returns whether a local header is at a place of the file.

    Raises:
        DamagedDirectoryError: a record is damaged.
    """

    def __init__(
        self, directory: DirectoryBytes, begin: int, prefix: int, disk: int, is_local_header: Callable[[int], bool]
    ) -> None:
        self._directory = directory
        self._begin = begin
        self._prefix = prefix
        self._disk = disk
        self._offsets = array("Q")
        self._places = array("Q")
        self._ends: array[int] | None = None
        """Where members end; of a SHARED one, the number of the member that has its bytes. None: where the next begins."""
        self._faults: bytearray | None = None
        self._blocks: dict[int, list[Entry]] = {}
        self._total_size = 0
        self._is_gapless = True
        is_ordered, is_overlapping = self._scan()
        if not is_ordered:
            self._find_ends(bytearray(len(self)))
            is_overlapping = self._overlaps()
        if is_overlapping:
            self._find_ends(self._misplaced(is_local_header))

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[Entry]:
        for number in range(0, len(self), _BLOCK):
            yield from self._block(number // _BLOCK)

    def first_offsets(self, count: int) -> Iterable[int]:
        """Return where the first members begin in the file."""
        return self._offsets[:count]

    @property
    def total_size(self) -> int:
        """Return how many bytes all members decompress to, as is claimed."""
        return self._total_size

    def names(self) -> Iterator[str]:
        """Yield the names of all members."""
        for window, at, _, _, _, length, _, _ in self._directory.records():
            raw = window[at + RECORD_BYTES : at + RECORD_BYTES + length]
            if raw.isascii():
                yield raw.decode("ascii")
            elif (record := parse_record(window, at)) is not None:
                yield decode_name(raw, record.flags, record.extra)

    def may_name(self, parts: Iterable[str]) -> bool:
        """Return False if no name holds one of the parts, which are ASCII in lower case, in letters of any case."""
        return self._directory.holds([part.encode("ascii") for part in parts])

    def extents(self) -> Iterator[Extent]:
        """Yield the extent of each member."""
        for index, (_, offset, size, _, is_sound) in enumerate(self._claims()):
            end, fault = self._end_of(index)
            yield Extent(end - offset, size, is_sound and fault is None)

    def spans(self, end_of: Callable[[Entry], int]) -> Iterator[tuple[int, int]]:
        """Yield where the bytes of members begin and end, in the order of the file; neighbours may be one span."""
        if self._ends is not None:
            for index in self._in_file_order():
                if (entry := self._entry(index)).has_bytes:
                    yield entry.offset, end_of(entry)
        elif self._is_gapless and self._offsets:
            yield self._offsets[0], self._begin
        else:
            for index, (_, offset, _, min_end, _) in enumerate(self._claims()):
                end, _ = self._end_of(index)
                yield offset, end if min_end == end else end_of(self._entry(index))

    def _entry(self, index: int) -> Entry:
        return self._block(index // _BLOCK)[index % _BLOCK]

    def _block(self, number: int) -> list[Entry]:
        """Return the members whose records are in the block."""
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= _MOST_BLOCKS:
                self._blocks.clear()
            block = self._blocks[number] = self._parse_block(number)
        return block

    def _parse_block(self, number: int) -> list[Entry]:
        first = number * _BLOCK
        begin = self._places[number]
        end = self._places[number + 1] if number + 1 < len(self._places) else self._directory.size
        window, at = self._directory.window(begin, end)
        block = []
        for index in range(first, min(first + _BLOCK, len(self))):
            entry, at = self._parse_entry(window, at, index)
            block.append(entry)
        return block

    def _parse_entry(self, window: bytes, at: int, index: int) -> tuple[Entry, int]:
        """Return a member, and where its record ends."""
        member_end, fault = self._end_of(index)
        prefix, disk = self._prefix, self._disk
        if fault is None and (plain := plain_entry(window, at, index + 1, prefix=prefix, disk=disk, end=member_end)):
            return plain
        record = parse_record(window, at)
        if record is None:
            raise ZipError("the zip was changed while it was read")
        place = record_place(record, prefix, disk)
        return entry_of(record, index + 1, place, member_end, fault), record.end

    def _end_of(self, index: int) -> tuple[int, str | None]:
        """Return where a member ends, and why it cannot be read if other members or the directory are the reason."""
        if self._ends is None or self._faults is None:
            return (self._offsets[index + 1] if index + 1 < len(self._offsets) else self._begin), None
        offset, end = self._offsets[index], self._ends[index]
        match self._faults[index]:
            case _Fault.MISPLACED:
                return offset, f"there is no local header at byte {offset}"
            case _Fault.SHARED:
                return offset, f"its local header is at the same byte as that of member {end}"
            case _Fault.BEYOND:
                return offset, "its offset is not before the directory"
            case _:
                return end, None

    def _claims(self) -> Iterator[_Claim]:
        """Yield what each record claims."""
        prefix, disk = self._prefix, self._disk
        for window, at, place, compressed, size, length, part, offset in self._directory.records():
            if part == disk and compressed < IN_EXTRA and size < IN_EXTRA and offset < IN_EXTRA:
                begin = offset + prefix
                yield place, begin, size, begin + LOCAL_BYTES + length + compressed, True
            elif (record := parse_record(window, at)) is not None:
                found = record_place(record, prefix, disk)
                min_end = found.offset + LOCAL_BYTES + length + found.compressed_size
                yield place, found.offset, found.size, min_end, found.fault is None

    def _scan(self) -> tuple[bool, bool]:
        """Go through the directory; return whether offsets ascend, all of them before it, and whether members overlap.

        Whether members overlap that do not ascend is not known then.
        """
        offsets, places = self._offsets, self._places
        total, sound_count, gap_count, last, last_end = 0, 0, 0, -1, -1
        is_ordered, is_overlapping = True, False
        for place, offset, size, min_end, is_sound in self._claims():
            if not len(offsets) % _BLOCK:
                places.append(place)
            offsets.append(offset)
            if offset != last_end:
                gap_count += 1
                is_overlapping |= last_end > offset
                is_ordered &= offset > last
            last, last_end = offset, min_end
            total += size
            sound_count += is_sound
        if offsets and not sound_count and (part := self._first_part()) != self._disk:
            self._disk = part
            del offsets[:], places[:]
            return self._scan()
        self._total_size = total
        self._is_gapless = gap_count == 1 and last_end == self._begin
        return is_ordered and last < self._begin, is_overlapping or last_end > self._begin

    def _first_part(self) -> int:
        record = parse_record(*self._directory.window(0, min(self._directory.size, LONGEST_RECORD)))
        return self._disk if record is None else record.part

    def _overlaps(self) -> bool:
        """Return whether a member reaches into the next one."""
        for index, (_, offset, _, min_end, _) in enumerate(self._claims()):
            end, _ = self._end_of(index)
            if offset < end < min_end:
                return True
        return False

    def _misplaced(self, is_local_header: Callable[[int], bool]) -> bytearray:
        """Return a mark for each member: whether it should have bytes, and has no local header at its offset."""
        marks = bytearray(len(self))
        for index, offset in enumerate(self._offsets):
            end, _ = self._end_of(index)
            marks[index] = offset < end and not is_local_header(offset)
        return marks

    def _find_ends(self, misplaced: bytearray) -> None:
        """Let each member end where the next begins; of several at one offset, only the first can be read."""
        ends, faults = array("Q", bytes(8 * len(self))), bytearray(len(self))
        following, first = self._begin, 0
        for index in self._in_file_order(reverse=True):
            offset = self._offsets[index]
            if misplaced[index]:
                faults[index] = _Fault.MISPLACED
            elif offset == following and first:
                ends[index], faults[index] = first, _Fault.SHARED
            elif offset >= self._begin:
                faults[index] = _Fault.BEYOND
            else:
                ends[index] = following
                following, first = offset, index + 1
        self._ends, self._faults = ends, faults

    def _in_file_order(self, *, reverse: bool = False) -> Iterator[int]:
        """Yield the indices of the members by their offsets, those of one offset in the directory's order."""
        key = self._offsets.__getitem__
        parts = [
            array("I", sorted(range(begin, min(begin + _SORTED_AT_ONCE, len(self))), key=key, reverse=reverse))
            for begin in range(0, len(self), _SORTED_AT_ONCE)
        ]
        return heapq.merge(*parts, key=key, reverse=reverse)
