"""What readers of members need of a zip, so that a run's folder can take its place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterable, Iterator
from functools import cached_property
from types import TracebackType
from typing import Self

from ..read1_stream import Read1Stream
from .entry_list import Entries, NameIndex
from .headers import Entry

HELD_BYTES = 1 << 20
"""Largest member, in bytes, that is held between looking at it and reading it."""


class Members(ABC):
    """What holds members and is open for reading: a zip, or a folder whose files stand one after the other.

    Attributes:
        entries: The members, in the order of their numbers.
        left_out: Numbers of the members that would exceed `limit`, and are not decompressed.
        limit: Bytes that all members together may decompress to.
        size: Bytes of the zip, or of all files of the folder.
        data_end: Where the members end and the directory begins.
        directory_error: What is wrong with the directory if it is lost; else None.
    """

    entries: Entries
    left_out: Container[int]
    limit: int
    size: int
    data_end: int
    directory_error: str | None

    @cached_property
    def _index(self) -> NameIndex:
        return NameIndex(self.entries.names())

    def named(self, name: str) -> Iterator[Entry]:
        """Yield the members of that name, the last first."""
        found = (self.entries[number - 1] for number in self._index.numbers(name))
        return (entry for entry in found if entry.name == name)

    def find(self, name: str) -> Entry | None:
        """Return the last member of that name; None without one, or if it is left out."""
        entry = next(self.named(name), None)
        return None if entry is None or entry.number in self.left_out else entry

    def where(self, accepts: Callable[[str], bool], parts: Iterable[str] = ()) -> Iterator[Entry]:
        """Yield the members with a name that is accepted.

        If `parts` are given, no name without one of them is accepted; they are ASCII in lower case, and names in any.
        """
        if parts and not self.entries.may_name(parts):
            return
        for index, name in enumerate(self.entries.names()):
            if accepts(name):
                yield self.entries[index]

    @cached_property
    def _held(self) -> dict[int, bytes]:
        return {}

    def peek(self, entry: Entry) -> bytes:
        """Return all bytes of a member that fits in memory; a small one is held until it is read.

        Raises:
            One of UNREADABLE_ZIP: it cannot be read, or differs from what is known of it.
        """
        data = self._held.get(entry.number)
        if data is None:
            data = self._read(entry)
            if len(data) <= HELD_BYTES:
                self._held[entry.number] = data
        return data

    def read(self, entry: Entry) -> bytes:
        """Return all bytes of a member that fits in memory.

        Raises:
            One of UNREADABLE_ZIP: it cannot be read, or differs from what is known of it.
        """
        held = self._held.pop(entry.number, None)
        return self._read(entry) if held is None else held

    @abstractmethod
    def _read(self, entry: Entry) -> bytes:
        """Return all bytes of a member that fits in memory.

        Raises:
            One of UNREADABLE_ZIP: it cannot be read, or differs from what is known of it.
        """

    @abstractmethod
    def open(self, entry: Entry) -> Read1Stream:
        """Return a stream of a member's bytes; reading it may raise one of UNREADABLE_ZIP, too.

        Raises:
            One of UNREADABLE_ZIP: it cannot be read.
        """

    @abstractmethod
    def end_of(self, entry: Entry) -> int:
        """Return where the member ends."""

    @abstractmethod
    def read_range(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `begin` to `end`."""

    @abstractmethod
    def own_bytes(self, entry: Entry) -> Iterator[bytes]:
        """Yield the member as it is stored."""

    @abstractmethod
    def close(self) -> None:
        """Close the files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
