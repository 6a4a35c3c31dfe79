"""Read usual directory records and usual members at once; what is unusual about others is left to the careful readers."""

from __future__ import annotations

import struct
from typing import BinaryIO

from .headers import CENTRAL, ENCRYPTED, IN_EXTRA, LOCAL, LOCAL_BYTES, RECORD_BYTES, Entry

_RECORD = struct.Struct("<4s4x2H4I4H2x2I")
"""What an Entry needs of a directory record: magic, flags, method, time, checksum, both sizes, four lengths and the part, attributes, offset."""

_LENGTHS = struct.Struct("<26xHH")
"""The lengths of the name and the extra field in a local header."""

_USUAL_EXTRA = 64
"""Most bytes of a usual extra field in a local header."""


def plain_entry(data: bytes, at: int, number: int, *, prefix: int, disk: int, end: int) -> tuple[Entry, int] | None:
    """Return the member of the directory record at `at`, and where the record ends; None if anything is unusual about it.

    Args:
        data: The directory, or a part of it.
        at: Where the record begins in `data`.
        number: The member's number.
        prefix: Bytes of the file before the zip.
        disk: The part of a split archive that the member has to be in.
        end: Where the member ends.
    """
    begin = at + RECORD_BYTES
    if begin > len(data):
        return None
    magic, flags, method, stamp, crc, compressed, size, names, extras, comments, part, attributes, offset = (
        _RECORD.unpack_from(data, at)
    )
    raw = data[begin : begin + names]
    after = begin + names + extras + comments
    is_plain = magic == CENTRAL and part == disk and compressed < IN_EXTRA and size < IN_EXTRA and offset < IN_EXTRA
    if not is_plain or after > len(data) or not raw.isascii():
        return None
    name, place, mode = raw.decode("ascii"), offset + prefix, attributes >> 16
    return Entry(number, name, raw, place, compressed, size, crc, method, flags, stamp, mode, end), after


def plain_bytes(stream: BinaryIO, entry: Entry) -> bytes | None:
    """Return the member's compressed bytes, which fit in memory; None if anything is unusual about its local header."""
    stream.seek(entry.offset)
    raw = entry.raw_name
    name_end = LOCAL_BYTES + len(raw)
    data = stream.read(name_end + _USUAL_EXTRA + entry.compressed_size)
    if data[:4] != LOCAL or len(data) < name_end or entry.fault is not None or entry.flags & ENCRYPTED:
        return None
    names, extras = _LENGTHS.unpack_from(data)
    begin = name_end + extras
    end = begin + entry.compressed_size
    if names != len(raw) or data[LOCAL_BYTES:name_end] != raw or end > len(data) or entry.offset + end > entry.end:
        return None
    return data[begin:end]
