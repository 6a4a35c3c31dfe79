"""Read the files of a run's folder as if they were the members of a zip, on disk or inside a zip of artifacts."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Container, Iterator
from itertools import accumulate
from typing import BinaryIO

from ..accounting.blobs import CHUNK_BYTES, read_chunks
from ..read1_stream import Read1Stream
from ..read_errors import UNREADABLE_ZIP, ZipError
from ..source import FolderMember, Source
from ..source_opener import open_regular, open_source
from ..zip.archive import Zip
from ..zip.entry_list import EntryList
from ..zip.headers import Entry
from ..zip.members import Members
from .manifest import ROOT

_STORED = 0


def open_members(source: Source) -> Members:
    """Return the members of a zip, or of a run's folder.

    Raises:
        One of UNREADABLE_ZIP: they cannot be opened.
    """
    return Zip(open_source(source), source.limit) if source.folder is None else RunFolder(source)


class RunFolder(Members):
    """The files of a run's folder, open for reading.

    Its bytes are those of the files, one after the other in the order of `folder`; the offsets of entries say where in
    them a file begins. Entries are named as in the zip of a run.

    Raises:
        One of UNREADABLE_ZIP: the zip that the folder is in cannot be opened.
    """

    def __init__(self, source: Source) -> None:
        assert source.folder is not None  # noqa: S101 callers pass only folders
        folder = source.folder
        self.limit = source.limit
        self._path = source.path
        self._folder = folder
        self._zip = None if folder.root is None else Zip(open_source(source), source.limit)
        offsets = list(accumulate((member.size_bytes for member in folder.members), initial=0))
        self.size = self.data_end = offsets[-1]
        self.entries = EntryList(
            _entry(number, offset, member)
            for number, (offset, member) in enumerate(zip(offsets, folder.members, strict=False), 1)
        )
        self.directory_error: str | None = None
        outside: Container[int] = frozenset() if self._zip is None else self._zip.left_out
        self.left_out = frozenset(number for number, member in enumerate(folder.members, 1) if member.number in outside)

    def _read(self, entry: Entry) -> bytes:
        """Return all bytes of a file that fits in memory.

        Raises:
            One of UNREADABLE_ZIP: it cannot be read, or has changed since it was found.
        """
        with self.open(entry) as stream:
            return stream.read()

    def open(self, entry: Entry) -> Read1Stream:
        """Return a stream of a file's bytes; reading it may raise one of UNREADABLE_ZIP, too.

        Raises:
            One of UNREADABLE_ZIP: it cannot be read.
        """
        member = self._folder.members[entry.number - 1]
        if member.fault is not None:
            raise ZipError(member.fault)
        if self._zip is None:
            return _FileStream(self._file(member), entry.size)
        return self._zip.open(self._outer_entry(member))

    def end_of(self, entry: Entry) -> int:
        """Return where the file ends."""
        return entry.end

    def read_range(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield nothing: no byte of a folder is outside of its files."""
        del begin, end
        return iter(())

    def own_bytes(self, entry: Entry) -> Iterator[bytes]:
        """Yield the bytes of a file as far as they can be read; in a zip, its header and compressed bytes."""
        member = self._folder.members[entry.number - 1]
        if self._zip is not None:
            yield from self._zip.own_bytes(self._outer_entry(member))
            return
        if member.fault is None:
            with self._file(member) as stream:
                yield from read_chunks(stream, entry.size)

    def close(self) -> None:
        """Close the zip that the folder is in."""
        if self._zip is not None:
            self._zip.close()

    def _file(self, member: FolderMember) -> BinaryIO:
        return open_regular(self._path / os.fsdecode(member.raw_name), member.identity, buffering=0)

    def _outer_entry(self, member: FolderMember) -> Entry:
        assert self._zip is not None and member.number is not None  # noqa: S101, PT018 only members of a zip have one
        if member.number > len(self._zip.entries):
            raise ZipError(f"the zip was replaced while it was read: it has {len(self._zip.entries)} members now")
        return self._zip.entries[member.number - 1]


class _FileStream(Read1Stream):
    """The first `size` bytes of an open file; fewer are an error, as the file was longer before."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._left = size
        self._file = file

    def read1(self, size: int = -1, /) -> bytes:
        """Return some bytes, up to `size`; none at the end.

        Raises:
            ZipError: the file became shorter while it was read.
        """
        wanted = min(self._left, CHUNK_BYTES if size < 0 else size)
        if not wanted:
            return b""
        data = self._file.read(wanted)
        if not data:
            raise ZipError("the file became shorter while it was read")
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def _entry(number: int, offset: int, member: FolderMember) -> Entry:
    size = member.size_bytes
    name, stamp = ROOT + member.name, _dos_stamp(member.modified_ns)
    return Entry(
        number,
        name,
        member.raw_name,
        offset,
        size,
        size,
        0,
        _STORED,
        0,
        stamp,
        member.mode,
        offset + size,
        member.fault,
    )


def _dos_stamp(modified_ns: int) -> int:
    """Return a time as zips have it, in the local zone; 0, which is no date, if it is outside of their calendar."""
    try:
        local = time.localtime(modified_ns // 1_000_000_000)
    except (ValueError, OverflowError, OSError):
        return 0
    if not 1980 <= local.tm_year < 2108:
        return 0
    date = local.tm_year - 1980 << 9 | local.tm_mon << 5 | local.tm_mday
    return date << 16 | local.tm_hour << 11 | local.tm_min << 5 | local.tm_sec // 2


def member_hashes(members: Members) -> Iterator[tuple[Entry, str | None]]:
    """Yield every member with the SHA-256 of its bytes; None if it cannot be read."""
    for entry in members.entries:
        digest = hashlib.sha256()
        try:
            if entry.number in members.left_out:
                raise ZipError("left out")
            for chunk in read_chunks(members.open(entry)):
                digest.update(chunk)
        except UNREADABLE_ZIP:
            yield entry, None
        else:
            yield entry, digest.hexdigest()
