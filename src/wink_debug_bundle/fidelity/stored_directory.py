"""The directory of a zip as a bundle keeps it: the members' records, read without the archive."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from ..artifacts.zip.central_directory import END_RECORD
from ..artifacts.zip.headers import (
    CENTRAL,
    END,
    EXTRA,
    RECORD,
    UTF8,
    ZIP64,
    decode_name,
    dos_time_fields,
    resolve_zip64,
)
from ..errors import InvalidBundleError

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class MemberInfo(zipfile.ZipInfo):
    """What a directory says of a member; its name is written as the bytes that it was."""

    raw_name: bytes
    is_utf8: bool

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 zipfile asks it of every member that it writes
        return self.raw_name, self.flag_bits & ~UTF8 | (UTF8 if self.is_utf8 else 0)


class Directory(NamedTuple):
    """The members in their order, the archive's comment, and the bytes that follow the archive."""

    members: list[MemberInfo]
    comment: bytes
    rest: bytes


def read_directory(data: bytes) -> Directory:
    """The directory that `data` begins with.

    Raises:
        InvalidBundleError: it does not hold together.
    """
    try:
        members = list(_members(data))
    except (struct.error, ValueError) as error:
        raise InvalidBundleError(f"the directory of a zip is damaged: {error}") from None
    end = data.rfind(END)
    if end < 0 or len(data) < end + END_RECORD.size:
        return Directory(members, b"", b"")
    begin = end + END_RECORD.size
    comment = data[begin : begin + END_RECORD.unpack_from(data, end)[-1]]
    return Directory(members, comment, data[begin + len(comment) :])


def _members(data: bytes) -> Iterator[MemberInfo]:
    at = 0
    while data.startswith(CENTRAL, at):
        values = RECORD.unpack_from(data, at)
        names, extras, comments = values[10:13]
        begin = at + RECORD.size
        at = begin + names + extras + comments
        if at > len(data):
            raise ValueError("a record is cut off")
        raw = data[begin : begin + names]
        yield _member(values, raw, data[begin + names : at - comments], data[at - comments : at])


def _member(values: tuple[int, ...], raw: bytes, extra: bytes, comment: bytes) -> MemberInfo:
    _, made_by, needs, flags, method, time, date, crc, compressed, size = values[:10]
    name = decode_name(raw, flags, extra)
    info = MemberInfo(name, dos_time_fields(date << 16 | time))
    info.filename, info.raw_name, info.is_utf8 = name, raw, bool(flags & UTF8)
    info.create_version, info.create_system = made_by & 0xFF, made_by >> 8
    info.extract_version, info.flag_bits = needs & 0xFF, flags
    _, info.internal_attr, info.external_attr, offset = values[13:17]
    info.compress_type, info.CRC = method, crc
    info.file_size, info.compress_size, info.header_offset = resolve_zip64(extra, size, compressed, offset)
    info.extra, info.comment = _without_zip64(extra), comment
    return info


def _without_zip64(extra: bytes) -> bytes:
    """The extra field without what it says of large sizes, as what writes it anew says so itself."""
    kept, at = b"", 0
    while at + EXTRA.size <= len(extra):
        kind, length = EXTRA.unpack_from(extra, at)
        end = at + EXTRA.size + length
        if kind != ZIP64:
            kept += extra[at:end]
        at = end
    return kept + extra[at:]


def can_write(method: int) -> bool:
    """Whether Python's zipfile packs by that method."""
    return method in _METHODS
