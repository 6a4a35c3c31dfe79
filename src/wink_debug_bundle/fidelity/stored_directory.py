"""Parse the directory of a zip that a bundle stores: the records of its members, without the archive."""

from __future__ import annotations

import shutil
import zipfile
from array import array
from collections.abc import Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple, overload
from weakref import finalize

from ..artifacts.sets.listing import read_listing
from ..artifacts.zip.central_directory import END_RECORD
from ..artifacts.zip.directory_bytes import DamagedDirectoryError, DirectoryBytes
from ..artifacts.zip.headers import (
    CENTRAL,
    END,
    EXTRA,
    UTF8,
    ZIP64,
    CentralRecord,
    decode_name,
    dos_time_fields,
    parse_record,
)
from ..errors import InvalidBundleError

_WRITABLE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)

_BLOCK = 64
"""Records that are parsed together."""

_HELD_BYTES = 1 << 20
"""Size up to which a directory is held in memory."""


class MemberInfo(zipfile.ZipInfo):
    """A member's record in the directory; its name is written as the same bytes that were read."""

    raw_name: bytes
    is_utf8: bool
    sha256: str | None = None
    """The SHA-256 of a file in a folder, which has no checksum; None if it could not be read."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 zipfile calls it for each member that it writes
        """Return the name's original bytes and the flags, with the original UTF-8 flag."""
        return self.raw_name, self.flag_bits & ~UTF8 | (UTF8 if self.is_utf8 else 0)


class Directory(NamedTuple):
    """The members in the directory's order, and what follows them."""

    members: Sequence[MemberInfo]
    comment: bytes
    """The archive's comment."""
    rest: bytes
    """Bytes after the end of the archive."""


class _Members(Sequence[MemberInfo]):
    """The members of a directory in a file, which is closed with the last use; each is parsed when it is needed.

    Raises:
        ValueError: a record is longer than the file.
    """

    def __init__(self, file: IO[bytes]) -> None:
        finalize(self, file.close)
        self._directory = DirectoryBytes(file, 0, file.seek(0, 2))
        self._places = array("Q")
        self._count = 0
        self._block: tuple[int, list[MemberInfo]] = -1, []
        self.end = self._scan()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> MemberInfo: ...
    @overload
    def __getitem__(self, index: slice) -> list[MemberInfo]: ...
    def __getitem__(self, index: int | slice) -> MemberInfo | list[MemberInfo]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        number = index // _BLOCK
        if self._block[0] != number:
            self._block = number, self._parse_block(number)
        return self._block[1][index % _BLOCK]

    def _scan(self) -> int:
        """Find where every record begins; return where the last one ends."""
        try:
            for _, _, place, *_ in self._directory.records():
                if not self._count % _BLOCK:
                    self._places.append(place)
                self._count += 1
        except DamagedDirectoryError as error:
            window, at = self._directory.window(error.place, min(error.place + 4, self._directory.size))
            if window.startswith(CENTRAL, at):
                raise ValueError("a record is cut off") from None
            return error.place
        return self._directory.size

    def _parse_block(self, number: int) -> list[MemberInfo]:
        last = number + 1 == len(self._places)
        window, at = self._directory.window(self._places[number], self.end if last else self._places[number + 1])
        block = []
        for _ in range(min(_BLOCK, len(self) - number * _BLOCK)):
            record = parse_record(window, at)
            assert record is not None  # noqa: S101 it was whole when it was counted
            block.append(_member(record))
            at = record.end
        return block


def read_directory(blob: IO[bytes]) -> Directory:
    """Return the directory that a blob begins with.

    Raises:
        InvalidBundleError: the directory is damaged.
    """
    file = SpooledTemporaryFile(max_size=_HELD_BYTES)  # noqa: SIM115 the members close it
    try:
        shutil.copyfileobj(blob, file, _HELD_BYTES)
        members = _Members(file)
    except ValueError as error:
        file.close()
        raise InvalidBundleError(f"the directory of a zip is damaged: {error}") from None
    except BaseException:
        file.close()
        raise
    file.seek(members.end)
    data = file.read()
    end = data.rfind(END)
    if end < 0 or len(data) < end + END_RECORD.size:
        return Directory(members, b"", b"")
    begin = end + END_RECORD.size
    comment = data[begin : begin + END_RECORD.unpack_from(data, end)[-1]]
    return Directory(members, comment, data[begin + len(comment) :])


def read_folder(blob: IO[bytes]) -> Directory:
    """Return the files in the list of a run's folder as if they were members of a zip.

    Raises:
        InvalidBundleError: the list is damaged.
    """
    members = []
    try:
        for raw_name, sha256 in read_listing(blob.read()):
            name = raw_name.decode("utf-8", "backslashreplace")
            info = MemberInfo()
            info.filename, info.raw_name, info.is_utf8, info.sha256 = name, raw_name, True, sha256
            members.append(info)
    except ValueError as error:
        raise InvalidBundleError(str(error)) from None
    return Directory(members, b"", b"")


def _member(record: CentralRecord) -> MemberInfo:
    name = decode_name(record.raw_name, record.flags, record.extra)
    info = MemberInfo(name, dos_time_fields(record.stamp))
    info.filename, info.raw_name, info.is_utf8 = name, record.raw_name, bool(record.flags & UTF8)
    info.create_version, info.create_system = record.made_by & 0xFF, record.made_by >> 8
    info.extract_version, info.flag_bits = record.needed_version & 0xFF, record.flags
    info.internal_attr, info.external_attr = record.internal_attributes, record.external_attributes
    info.compress_type, info.CRC = record.method, record.crc
    info.file_size, info.compress_size, info.header_offset = record.size, record.compressed_size, record.offset
    info.extra, info.comment = _without_zip64(record.extra), record.comment
    return info


def _without_zip64(extra: bytes) -> bytes:
    """Return the extra field without its zip64 part, which zipfile writes itself where needed."""
    kept, at = b"", 0
    while at + EXTRA.size <= len(extra):
        kind, length = EXTRA.unpack_from(extra, at)
        end = at + EXTRA.size + length
        if kind != ZIP64:
            kept += extra[at:end]
        at = end
    return kept + extra[at:]


def can_write(method: int) -> bool:
    """Return whether Python's zipfile can compress by that method."""
    return method in _WRITABLE_METHODS
