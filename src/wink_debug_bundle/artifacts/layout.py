"""Where in a zip's file each member lies, and what of the file is no member.

Together the ranges are the whole file, each byte once: a member's begins at its header and ends where the next begins,
or the directory. So they add up also where headers lie about sizes or several members claim the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple
from weakref import WeakKeyDictionary

from ..records import Batch, LedgerRow, ZipPartRow
from .blobs import CHUNK_BYTES, BlobWriter

CONTAINER = "container"
"""Fate of an archive's own bytes."""

HEADER_BYTES = 30
"""Fixed part of the header in front of each member."""

_DESCRIPTOR_BYTES = 24
"""What may follow a member's bytes, where its header does not know their number."""

_HAS_DESCRIPTOR = 0x08


class Extent(NamedTuple):
    """A range of bytes of the archive's file."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The extents of the members, in the order of the directory, and of everything else, in that of the file."""

    members: list[Extent]
    others: list[Extent]


_known: WeakKeyDictionary[zipfile.ZipFile, Layout] = WeakKeyDictionary()


def layout_of(archive: zipfile.ZipFile) -> Layout:
    """The layout of an open archive, which is found out once."""
    if archive not in _known:
        _known[archive] = _layout(archive)
    return _known[archive]


def container_batches(archive: zipfile.ZipFile, artifact_id: int, scratch: Path) -> Iterator[Batch]:
    """Batches of the archive's own bytes: its directory, and what stands before or between its members."""
    stream = archive.fp
    assert stream is not None  # noqa: S101 the archive is open
    for extent in layout_of(archive).others:
        blob = BlobWriter(scratch)
        for piece in read_extent(stream, extent):
            blob.write(piece)
        key = blob.finish()
        yield from blob.batches(artifact_id)
        batch = Batch(artifact_id)
        batch.add(ZipPartRow(artifact_id, extent.offset, extent.length, key))
        batch.add(LedgerRow(artifact_id, 0, 0, extent.offset, extent.length, CONTAINER, None))
        yield batch


def read_extent(stream: IO[bytes], extent: Extent) -> Iterator[bytes]:
    """The bytes of a range, a chunk at a time, as far as the file has them."""
    stream.seek(extent.offset)
    left = extent.length
    while left > 0 and (piece := stream.read(min(left, CHUNK_BYTES))):
        left -= len(piece)
        yield piece


def entry_of(stream: IO[bytes], info: zipfile.ZipInfo) -> Extent:
    """The member's entry; nothing where the directory gives a place for it that the file does not have."""
    if not 0 <= info.header_offset < stream.seek(0, 2):
        return Extent(0, 0)
    return Extent(info.header_offset, entry_bytes(stream, info))


def entry_bytes(stream: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Size of the member's entry: its header as it stands in the file, and its packed bytes."""
    stream.seek(info.header_offset)
    lengths = stream.read(HEADER_BYTES)[26:]  # of the name and of the extra field, which stand before the packed bytes
    name, extra = int.from_bytes(lengths[:2], "little"), int.from_bytes(lengths[2:], "little")
    return HEADER_BYTES + name + extra + info.compress_size


def _layout(archive: zipfile.ZipFile) -> Layout:
    stream = archive.fp
    assert stream is not None  # noqa: S101 the archive is open
    directory = archive.start_dir
    infos = archive.infolist()
    begins = [min(max(info.header_offset, 0), directory) for info in infos]
    members = [Extent(0, 0)] * len(infos)
    order = sorted(range(len(infos)), key=begins.__getitem__)
    others = []
    if order and begins[order[0]]:
        others.append(Extent(0, begins[order[0]]))
    for place, index in enumerate(order):
        begin = begins[index]
        end = begins[order[place + 1]] if place + 1 < len(order) else directory
        gap = _gap(stream, infos[index], end) if end > begin == infos[index].header_offset else 0
        members[index] = Extent(begin, end - begin - gap)
        if gap:
            others.append(Extent(end - gap, gap))
    start = directory if order else 0
    others.append(Extent(start, stream.seek(0, 2) - start))
    return Layout(members, others)


def _gap(stream: IO[bytes], info: zipfile.ZipInfo, end: int) -> int:
    """Bytes between the member and `end` that are not its own: those of a deleted member, say."""
    left = end - info.header_offset - HEADER_BYTES - info.compress_size
    if left <= len(info.orig_filename) + len(info.extra):
        return 0  # the usual case, known without reading: a header repeats the name and the fields of the directory
    left = end - info.header_offset - entry_bytes(stream, info)
    return left if left > (_DESCRIPTOR_BYTES if info.flag_bits & _HAS_DESCRIPTOR else 0) else 0
