"""The members of a zip or a folder, as a sequence, and what can be asked of all of them without an object for each."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import NamedTuple, overload

from .headers import Entry

_HASH_MASK = 0xFFFFFFFF


class Extent(NamedTuple):
    """What reading a member costs: its bytes in the file, its decompressed size, and whether it may be readable."""

    stored: int
    size: int
    is_sound: bool


class Entries(Sequence[Entry]):
    """The members in the order of their numbers; what is asked of all of them costs no memory for each."""

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self._entry(place) for place in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._entry(index)

    @abstractmethod
    def _entry(self, index: int) -> Entry:
        """Return the member at an index from 0."""

    def names(self) -> Iterator[str]:
        """Yield the names of all members."""
        return (entry.name for entry in self)

    def may_name(self, parts: Iterable[str]) -> bool:
        """Return False if no name holds one of the parts, which are ASCII in lower case, in letters of any case."""
        del parts
        return True

    def extents(self) -> Iterator[Extent]:
        """Yield the extent of each member."""
        return (Extent(entry.end - entry.offset, entry.size, entry.fault is None) for entry in self)

    def spans(self, end_of: Callable[[Entry], int]) -> Iterator[tuple[int, int]]:
        """Yield where the bytes of members begin and end, in the order of the file; neighbours may be one span.

        Args:
            end_of: Returns where a member ends, by its local header.
        """
        for entry in sorted(self, key=lambda entry: entry.offset):
            if entry.has_bytes:
                yield entry.offset, end_of(entry)

    @property
    def total_size(self) -> int:
        """Return how many bytes all members decompress to, as is claimed."""
        return sum(entry.size for entry in self)


class EntryList(Entries):
    """Members that are in memory."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def _entry(self, index: int) -> Entry:
        return self._entries[index]


class MarkedNumbers(Container[int]):
    """Numbers of members, a byte for each member of the zip."""

    def __init__(self, marks: bytes | bytearray) -> None:
        self._marks = marks

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and 0 < number <= len(self._marks) and bool(self._marks[number - 1])


class NameIndex:
    """Finds members by their names, in four bytes for each: part of the name's hash."""

    def __init__(self, names: Iterable[str]) -> None:
        self._hashes = array("I", (hash(name) & _HASH_MASK for name in names)).tobytes()

    def numbers(self, name: str) -> Iterator[int]:
        """Yield the numbers of the members that may have the name, the last first."""
        wanted = array("I", [hash(name) & _HASH_MASK]).tobytes()
        place = self._hashes.rfind(wanted)
        while place >= 0:
            if place % len(wanted) == 0:
                yield place // len(wanted) + 1
            place = self._hashes.rfind(wanted, 0, place + len(wanted) - 1)


def left_out(entries: Entries, limit: int) -> Container[int]:
    """Return the numbers of the members that exceed what the members before them leave of the limit."""
    if entries.total_size <= limit:
        return frozenset()
    marks = bytearray()
    for extent in entries.extents():
        is_over = extent.is_sound and extent.size > limit
        marks.append(is_over)
        if extent.is_sound and not is_over:
            limit -= extent.size
    return MarkedNumbers(marks) if any(marks) else frozenset()
