"""The directory of a zip as a bundle keeps it: the members' records, read without the archive."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import InvalidBundleError

_RECORD = struct.Struct("<4s6H3I5H2I")
_RECORD_MAGIC = b"PK\x01\x02"
_END = struct.Struct("<4s4H2IH")
_END_MAGIC = b"PK\x05\x06"
_EXTRA = struct.Struct("<HH")
_ZIP64 = 1
_UTF8 = 0x800
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class MemberInfo(zipfile.ZipInfo):
    """What a directory says of a member; its name is written as the bytes that it was."""

    raw_name: bytes
    is_utf8: bool

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 zipfile asks it of every member that it writes
        return self.raw_name, self.flag_bits & ~_UTF8 | (_UTF8 if self.is_utf8 else 0)


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
    end = data.rfind(_END_MAGIC)
    if end < 0 or len(data) < end + _END.size:
        return Directory(members, b"", b"")
    begin = end + _END.size
    comment = data[begin : begin + _END.unpack_from(data, end)[-1]]
    return Directory(members, comment, data[begin + len(comment) :])


def _members(data: bytes) -> Iterator[MemberInfo]:
    at = 0
    while data.startswith(_RECORD_MAGIC, at):
        values = _RECORD.unpack_from(data, at)
        names, extras, comments = values[10:13]
        begin = at + _RECORD.size
        at = begin + names + extras + comments
        if at > len(data):
            raise ValueError("a record is cut off")
        raw = data[begin : begin + names]
        yield _member(values, raw, data[begin + names : at - comments], data[at - comments : at])


def _member(values: tuple[int, ...], raw: bytes, extra: bytes, comment: bytes) -> MemberInfo:
    _, made_by, needs, flags, method, time, date, crc, packed, size = values[:10]
    name = raw.decode("utf-8", "surrogateescape") if flags & _UTF8 else raw.decode("cp437")
    moment = (date >> 9) + 1980, date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2
    info = MemberInfo(name, moment)
    info.filename, info.raw_name, info.is_utf8 = name, raw, bool(flags & _UTF8)
    info.create_version, info.create_system = made_by & 0xFF, made_by >> 8
    info.extract_version, info.flag_bits = needs & 0xFF, flags
    info.compress_type, info.CRC, info.compress_size, info.file_size = method, crc, packed, size
    _, info.internal_attr, info.external_attr, info.header_offset = values[13:17]
    info.extra, info.comment = _without_zip64(extra, info), comment
    return info


def _without_zip64(extra: bytes, info: zipfile.ZipInfo) -> bytes:
    """The extra field without what it says of large sizes, which is put where it belongs."""
    kept, at = b"", 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        end = at + _EXTRA.size + length
        if kind == _ZIP64:
            wide = extra[at + _EXTRA.size : end]
            for field in ("file_size", "compress_size", "header_offset"):
                if getattr(info, field) == 0xFFFFFFFF and len(wide) >= 8:
                    setattr(info, field, int.from_bytes(wide[:8], "little"))
                    wide = wide[8:]
        else:
            kept += extra[at:end]
        at = end
    return kept + extra[at:]


def can_write(method: int) -> bool:
    """Whether Python's zipfile packs by that method."""
    return method in _METHODS
