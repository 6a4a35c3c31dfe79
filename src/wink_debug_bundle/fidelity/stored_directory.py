"""Parse the directory of a zip that a bundle stores: the records of its members, without the archive."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from ..artifacts.sets.listing import read_listing
from ..artifacts.zip.central_directory import END_RECORD
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

    members: list[MemberInfo]
    comment: bytes
    """The archive's comment."""
    rest: bytes
    """Bytes after the end of the archive."""


def read_directory(data: bytes) -> Directory:
    """Return the directory that `data` begins with.

    Raises:
        InvalidBundleError: the directory is damaged.
    """
    try:
        members = list(_members(data))
    except ValueError as error:
        raise InvalidBundleError(f"the directory of a zip is damaged: {error}") from None
    end = data.rfind(END)
    if end < 0 or len(data) < end + END_RECORD.size:
        return Directory(members, b"", b"")
    begin = end + END_RECORD.size
    comment = data[begin : begin + END_RECORD.unpack_from(data, end)[-1]]
    return Directory(members, comment, data[begin + len(comment) :])


def read_folder(data: bytes) -> Directory:
    """Return the files in the list of a run's folder as if they were members of a zip.

    Raises:
        InvalidBundleError: the list is damaged.
    """
    members = []
    try:
        for raw_name, sha256 in read_listing(data):
            name = raw_name.decode("utf-8", "backslashreplace")
            info = MemberInfo()
            info.filename, info.raw_name, info.is_utf8, info.sha256 = name, raw_name, True, sha256
            members.append(info)
    except ValueError as error:
        raise InvalidBundleError(str(error)) from None
    return Directory(members, b"", b"")


def _members(data: bytes) -> Iterator[MemberInfo]:
    """Yield the member of each central record.

    Raises:
        ValueError: a record is longer than the data.
    """
    at = 0
    while data.startswith(CENTRAL, at):
        record = parse_record(data, at)
        if record is None:
            raise ValueError("a record is cut off")
        yield _member(record)
        at = record.end


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
