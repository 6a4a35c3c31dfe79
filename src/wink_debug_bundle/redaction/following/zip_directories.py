"""Rewrite what a bundle keeps of the directory of a zip: the names, comments, checksums and sizes of its members."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...artifacts.sets.listing import read_listing, write_listing
from ...artifacts.zip.central_directory import END_RECORD
from ...artifacts.zip.headers import END, EXTRA, ZIP64, CentralRecord, extra_fields, parse_record
from ...errors import DamagedBundleError

Renamed = Callable[[bytes], bytes]
"""Returns a text with tokens in the place of what is secret in it."""

_FIXED_BYTES = 46
_CRC_AND_SIZES = struct.Struct("<III")
_CRC_OFFSET, _LENGTHS_OFFSET = 16, 28
_LENGTHS = struct.Struct("<HHH")
_LARGEST = 0xFFFFFFFE
_END_SIZE_OFFSET, _END_COMMENT_OFFSET = 12, 20


class MemberBytes(NamedTuple):
    """The CRC-32, the size and the SHA-256 of a member's new bytes; zeros and None if they are not known."""

    crc: int
    size: int
    sha256: str | None


UNKNOWN_BYTES = MemberBytes(0, 0, None)


def rewrite_directory(data: bytes, members: Mapping[int, MemberBytes], renamed: Renamed) -> bytes:
    """Return a directory with the new names and comments, and with the checksums of the members that changed."""
    parts, at, number = [], 0, 1
    while (record := parse_record(data, at)) is not None:
        parts.append(_record(data[at : record.end], record, members.get(number), renamed))
        at, number = record.end, number + 1
    directory = b"".join(parts)
    return directory + _end(data[at:], len(directory), renamed)


def _record(data: bytes, record: CentralRecord, member: MemberBytes | None, renamed: Renamed) -> bytes:
    name, comment = renamed(record.raw_name), renamed(record.comment)
    extra = record.extra
    if name != record.raw_name or renamed(extra) != extra:
        extra = b"".join(
            EXTRA.pack(kind, len(value)) + value for kind, value in extra_fields(record.extra) if kind == ZIP64
        )
    if member is None and (name, extra, comment) == (record.raw_name, record.extra, record.comment):
        return data
    fixed = bytearray(data[:_FIXED_BYTES])
    if member is not None:
        size = min(member.size, _LARGEST)
        _CRC_AND_SIZES.pack_into(fixed, _CRC_OFFSET, member.crc, size, size)
    _LENGTHS.pack_into(fixed, _LENGTHS_OFFSET, len(name), len(extra), len(comment))
    return bytes(fixed) + name + extra + comment


def _end(data: bytes, directory_size: int, renamed: Renamed) -> bytes:
    """Return what follows the records, with the new size of these and the new comment; other bytes are dropped."""
    place = data.rfind(END)
    if place < 0 or len(data) < place + END_RECORD.size:
        return renamed(data)
    length = int.from_bytes(data[place + _END_COMMENT_OFFSET : place + END_RECORD.size], "little")
    begin = place + END_RECORD.size
    comment, rest = renamed(data[begin : begin + length])[:0xFFFF], renamed(data[begin + length :])
    end = bytearray(data[place:begin])
    struct.pack_into("<I", end, _END_SIZE_OFFSET, min(directory_size, _LARGEST))
    struct.pack_into("<H", end, _END_COMMENT_OFFSET, len(comment))
    return renamed(data[:place]) + bytes(end) + comment + rest


def rewrite_listing(data: bytes, members: Mapping[int, MemberBytes], renamed: Renamed) -> bytes:
    """Return the list of a folder's files with the new names and hashes.

    Raises:
        DamagedBundleError: the list is damaged.
    """
    try:
        files = [
            (renamed(name), members[number].sha256 if number in members else sha256)
            for number, (name, sha256) in enumerate(read_listing(data), 1)
        ]
    except ValueError as error:
        raise DamagedBundleError(str(error)) from None
    return write_listing(files)
