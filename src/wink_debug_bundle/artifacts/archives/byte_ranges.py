"""Divide a zip's file into the byte ranges of its members and the byte ranges of everything else.

Together the ranges cover each byte of the file exactly once: a member's range begins at its header and ends where the
next member or the directory begins. This holds even if headers claim wrong sizes or several members claim the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...batch import Batch
from ...column_values import LedgerStatus
from ...rows import LedgerRow, ZipPartRow
from ..accounting.blobs import BlobWriter
from ..zip.headers import Entry
from ..zip.members import Members


class ByteRange(NamedTuple):
    """A range of bytes of the zip's file."""

    offset: int
    length: int


def range_of(archive: Members, entry: Entry) -> ByteRange:
    """Return the byte range of a member; an empty one if it has no bytes of its own."""
    if not entry.has_bytes:
        return ByteRange(min(entry.offset, archive.data_end), 0)
    return ByteRange(entry.offset, archive.end_of(entry) - entry.offset)


def container_batches(archive: Members, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Yield batches of the bytes that belong to no member: the directory, and what comes before or between members."""
    for byte_range in _other_ranges(archive):
        blob = BlobWriter(scratch)
        for chunk in archive.read_range(byte_range.offset, byte_range.offset + byte_range.length):
            blob.write(chunk)
        key = blob.finish()
        yield from blob.batches(artifact_id)
        batch = Batch(artifact_id)
        batch.add(ZipPartRow(artifact_id, byte_range.offset, byte_range.length, key))
        batch.add(LedgerRow(artifact_id, 0, 0, byte_range.offset, byte_range.length, LedgerStatus.CONTAINER, None))
        yield batch


def _other_ranges(archive: Members) -> Iterator[ByteRange]:
    """Yield the ranges between and around the members, in file order."""
    covered = 0
    for begin, end in archive.entries.spans(archive.end_of):
        if covered < begin:
            yield ByteRange(covered, begin - covered)
        covered = end
    for begin, end in ((covered, archive.data_end), (max(covered, archive.data_end), archive.size)):
        if begin < end:
            yield ByteRange(begin, end - begin)
