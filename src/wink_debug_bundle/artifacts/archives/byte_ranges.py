"""Divide a zip's file into the byte ranges of its members and the byte ranges of everything else.

Together the ranges cover each byte of the file exactly once: a member's range begins at its header and ends where the
next member or the directory begins. This holds even if headers claim wrong sizes or several members claim the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

from ...batch import Batch
from ...column_values import LedgerStatus
from ...rows import LedgerRow, ZipPartRow
from ..accounting.blobs import BlobWriter
from ..zip.members import Members


class ByteRange(NamedTuple):
    """A range of bytes of the zip's file."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class ByteRanges:
    """The ranges of the members, in directory order, and the ranges between and around them, in file order."""

    members: list[ByteRange]
    others: list[ByteRange]


_cache: WeakKeyDictionary[Members, ByteRanges] = WeakKeyDictionary()


def byte_ranges_of(archive: Members) -> ByteRanges:
    """Return the byte ranges of an open archive, which are computed once."""
    if archive not in _cache:
        _cache[archive] = _byte_ranges(archive)
    return _cache[archive]


def container_batches(archive: Members, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Yield batches of the bytes that belong to no member: the directory, and what comes before or between members."""
    for byte_range in byte_ranges_of(archive).others:
        blob = BlobWriter(scratch)
        for chunk in archive.read_range(byte_range.offset, byte_range.offset + byte_range.length):
            blob.write(chunk)
        key = blob.finish()
        yield from blob.batches(artifact_id)
        batch = Batch(artifact_id)
        batch.add(ZipPartRow(artifact_id, byte_range.offset, byte_range.length, key))
        batch.add(LedgerRow(artifact_id, 0, 0, byte_range.offset, byte_range.length, LedgerStatus.CONTAINER, None))
        yield batch


def _byte_ranges(archive: Members) -> ByteRanges:
    members = [ByteRange(min(entry.offset, archive.data_end), 0) for entry in archive.entries]
    others = []
    covered = 0
    for entry in sorted(archive.entries, key=lambda entry: entry.offset):
        if entry.has_bytes:
            if covered < entry.offset:
                others.append(ByteRange(covered, entry.offset - covered))
            covered = archive.end_of(entry)
            members[entry.number - 1] = ByteRange(entry.offset, covered - entry.offset)
    for begin, end in ((covered, archive.data_end), (max(covered, archive.data_end), archive.size)):
        if begin < end:
            others.append(ByteRange(begin, end - begin))
    return ByteRanges(members, others)
