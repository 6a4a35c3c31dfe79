"""An open zip, whatever its state: its members, and their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from ..read_errors import UNREADABLE_ZIP, ZipError
from .central_directory import read_directory
from .headers import Entry
from .member_stream import MemberStream, loose_after, read_member, stretch
from .recovery import recover_entries

"""What opening a zip raises, and reading a member of it."""


class Zip:
    """A zip that is open for reading.

    `entries` are its members; those whose numbers are in `left_out` would unpack to more than `limit` bytes together
    with the others, and are not read. `lost` says what became of the directory, where the members had to be found by
    the headers in front of them. `begin_after` is where that begins which lies behind the last of
    them: the directory, as a rule. `size` is that of the file.

    Raises:
        ZipError: it is no zip, or nothing can be found in it.
        OSError: the file cannot be read.
    """

    def __init__(self, path: Path, limit: int) -> None:
        self.limit = limit
        self._stream = path.open("rb")
        try:
            self.size = self._stream.seek(0, 2)
            self.lost: str | None = None
            self._read_entries(limit)
        except BaseException:
            self.close()
            raise
        self.left_out = frozenset(_left_out(self.entries, limit))

    def _read_entries(self, limit: int) -> None:
        directory = read_directory(self._stream, self.size)
        if directory is not None:
            self.entries = directory.entries
            self.begin_after = directory.begin if self.entries else 0
            return
        self.entries = recover_entries(self._stream, self.size, limit)
        if not self.entries:
            raise ZipError("it has no directory, and no member can be found in it")
        self.begin_after = max((entry.end for entry in self.entries if entry.has_bytes), default=0)
        self.lost = "the zip's directory is lost: it is cut off or damaged"

    @cached_property
    def _by_name(self) -> dict[str, Entry]:
        return {entry.name: entry for entry in self.entries}

    @property
    def names(self) -> set[str]:
        """The names of all members."""
        return set(self._by_name)

    def find(self, name: str) -> Entry | None:
        """The last member of that name, if it is one that is read."""
        entry = self._by_name.get(name)
        return None if entry is None or entry.number in self.left_out else entry

    def read(self, entry: Entry) -> bytes:
        """All bytes of a member that fits in memory.

        Raises:
            one of UNREADABLE_ZIP: it cannot be read, or is not what the directory says.
        """
        return read_member(self._stream, entry)

    def open(self, entry: Entry) -> MemberStream:
        """The bytes of a member; reading them raises one of UNREADABLE_ZIP, too.

        Raises:
            one of UNREADABLE_ZIP: it cannot be read.
        """
        return MemberStream(self._stream, entry)

    def end_of(self, entry: Entry) -> int:
        """Where the member ends: where the next one begins, or bytes do that belong to none."""
        return loose_after(self._stream, entry)

    def stretch(self, begin: int, end: int) -> Iterator[bytes]:
        """The bytes of the file from `begin` to `end`."""
        return stretch(self._stream, begin, end)

    def own_bytes(self, entry: Entry) -> Iterator[bytes]:
        """The member as it lies in the file, header first: nothing, unless it `has_bytes`."""
        return self.stretch(entry.offset, self.end_of(entry))

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_zip(path: Path, limit: int) -> bool:
    """Whether there are members in a file that does not begin like a zip: it may unpack itself, or lack its front."""
    try:
        with Zip(path, limit) as opened:
            return bool(opened.entries)
    except UNREADABLE_ZIP:
        return False


def _left_out(entries: list[Entry], limit: int) -> Iterator[int]:
    """Numbers of the members that do not fit in what the others leave of the limit."""
    for entry in entries:
        if entry.fault is not None:
            continue
        if entry.size > limit:
            yield entry.number
        else:
            limit -= entry.size
