"""Where in a zip's file each member lies, and what of the file is no member.

Together the ranges are the whole file, each byte once: a member's begins at its header and ends where the next begins,
or the directory. So they add up also where headers lie about sizes or several members claim the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary

from ...column_values import LedgerStatus
from ...rows import Batch, LedgerRow, ZipPartRow
from ..accounting.blobs import BlobWriter
from ..zip.archive import Zip

"""Fate of an archive's own bytes."""


class ByteRange(NamedTuple):
    """A range of bytes of the archive's file."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class ByteRanges:
    """The extents of the members, in the order of the directory, and of everything else, in that of the file."""

    members: list[ByteRange]
    others: list[ByteRange]


_known: WeakKeyDictionary[Zip, ByteRanges] = WeakKeyDictionary()


def byte_ranges_of(archive: Zip) -> ByteRanges:
    """The layout of an open archive, which is found out once."""
    if archive not in _known:
        _known[archive] = _byte_ranges(archive)
    return _known[archive]


def container_batches(archive: Zip, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Batches of the archive's own bytes: its directory, and what stands before or between its members."""
    for byte_range in byte_ranges_of(archive).others:
        blob = BlobWriter(scratch)
        for piece in archive.read_range(byte_range.offset, byte_range.offset + byte_range.length):
            blob.write(piece)
        key = blob.finish()
        yield from blob.batches(artifact_id)
        batch = Batch(artifact_id)
        batch.add(ZipPartRow(artifact_id, byte_range.offset, byte_range.length, key))
        batch.add(LedgerRow(artifact_id, 0, 0, byte_range.offset, byte_range.length, LedgerStatus.CONTAINER, None))
        yield batch


def _byte_ranges(archive: Zip) -> ByteRanges:
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
