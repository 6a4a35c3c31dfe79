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

from ...rows import Batch, LedgerRow, ZipPartRow
from ..accounting.blobs import BlobWriter
from ..zip.archive import Zip

CONTAINER = "container"
"""Fate of an archive's own bytes."""


class Extent(NamedTuple):
    """A range of bytes of the archive's file."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The extents of the members, in the order of the directory, and of everything else, in that of the file."""

    members: list[Extent]
    others: list[Extent]


_known: WeakKeyDictionary[Zip, Layout] = WeakKeyDictionary()


def layout_of(archive: Zip) -> Layout:
    """The layout of an open archive, which is found out once."""
    if archive not in _known:
        _known[archive] = _layout(archive)
    return _known[archive]


def container_batches(archive: Zip, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Batches of the archive's own bytes: its directory, and what stands before or between its members."""
    for extent in layout_of(archive).others:
        blob = BlobWriter(scratch)
        for piece in archive.stretch(extent.offset, extent.offset + extent.length):
            blob.write(piece)
        key = blob.finish()
        yield from blob.batches(artifact_id)
        batch = Batch(artifact_id)
        batch.add(ZipPartRow(artifact_id, extent.offset, extent.length, key))
        batch.add(LedgerRow(artifact_id, 0, 0, extent.offset, extent.length, CONTAINER, None))
        yield batch


def _layout(archive: Zip) -> Layout:
    members = [Extent(min(entry.offset, archive.begin_after), 0) for entry in archive.entries]
    others = []
    covered = 0
    for entry in sorted(archive.entries, key=lambda entry: entry.offset):
        if entry.has_bytes:
            if covered < entry.offset:
                others.append(Extent(covered, entry.offset - covered))
            covered = archive.end_of(entry)
            members[entry.number - 1] = Extent(entry.offset, covered - entry.offset)
    for begin, end in ((covered, archive.begin_after), (max(covered, archive.begin_after), archive.size)):
        if begin < end:
            others.append(Extent(begin, end - begin))
    return Layout(members, others)
