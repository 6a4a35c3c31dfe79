"""Open a zip in any state: list its members and read their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from ..read_errors import UNREADABLE_ZIP, ZipError
from .central_directory import read_directory
from .entry_list import EntryList, left_out
from .headers import Entry
from .member_stream import MemberStream, member_end, read_member, read_range
from .members import Members
from .recovery import recover_entries


class Zip(Members):
    """A zip that is open for reading; closing it closes its `stream`.

    `entries` are its members. Those whose numbers are in `left_out` are not read: together with the others they would
    decompress to more than `limit` bytes. `directory_error` is None if the directory could be read; else it says what
    is wrong with it, and the members were recovered by their local headers. `data_end` is where the bytes after the
    last member begin, usually the directory. `size` is the size of the file.

    Raises:
        ZipError: it is not a zip, or no member can be found in it.
        OSError: the file cannot be read.
    """

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.limit = limit
        self._stream = stream
        try:
            self.size = self._stream.seek(0, 2)
            self.directory_error: str | None = None
            self._read_entries(limit)
        except BaseException:
            self.close()
            raise
        self.left_out = left_out(self.entries, limit)

    def _read_entries(self, limit: int) -> None:
        directory = read_directory(self._stream, self.size)
        if directory is not None:
            self.entries = directory.entries
            self.data_end = directory.begin if self.entries else 0
            return
        self.entries = EntryList(recover_entries(self._stream, self.size, limit))
        if not self.entries:
            raise ZipError("it has no directory, and no member can be found in it")
        self.data_end = max((entry.end for entry in self.entries if entry.has_bytes), default=0)
        self.directory_error = "the zip's directory is lost: it is cut off or damaged"

    def _read(self, entry: Entry) -> bytes:
        """Return all bytes of a member that fits in memory.

        Raises:
            One of UNREADABLE_ZIP: it cannot be read, or differs from what the directory claims.
        """
        return read_member(self._stream, entry)

    def open(self, entry: Entry) -> MemberStream:
        """Return a stream of a member's bytes; reading it may raise one of UNREADABLE_ZIP, too.

        Raises:
            One of UNREADABLE_ZIP: it cannot be read.
        """
        return MemberStream(self._stream, entry)

    def end_of(self, entry: Entry) -> int:
        """Return where the member ends: where the next one begins, or bytes that belong to no member."""
        return member_end(self._stream, entry)

    def read_range(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of the file from `begin` to `end`."""
        return read_range(self._stream, begin, end)

    def own_bytes(self, entry: Entry) -> Iterator[bytes]:
        """Yield the member as it is in the file, from its local header on; nothing, unless it `has_bytes`."""
        return self.read_range(entry.offset, self.end_of(entry))

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def is_zip(stream: BinaryIO, limit: int) -> bool:
    """Return whether a file has members although it may not begin like a zip; close the file.

    It may be a program that extracts itself, or its beginning may be missing.
    """
    try:
        with Zip(stream, limit) as opened:
            return bool(opened.entries)
    except UNREADABLE_ZIP:
        return False
