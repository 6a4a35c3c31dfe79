"""Cut artifacts into pieces that workers read at the same time.

Where an artifact is cut depends on its bytes alone, so that every way of building reads the same pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ..artifacts.archives.archive_reader import BATCH_MEMBERS
from ..artifacts.source import Compression, Kind, Source
from ..artifacts.split_reader import BLOCK_BYTES, Piece
from ..artifacts.zip.archive import DAMAGE, Zip
from ..artifacts.zip.headers import Entry
from .plan import PACKED, Artifact

_MEMBER_OVERHEAD = 512
"""Bytes that a member costs beyond its content, so that very many small ones are cut too; one that unpacks to more
than four times its size costs a quarter of that."""

_SCAN_BYTES = 1 << 16


def cut(artifact: Artifact, session: str | None, scratch: Path, *, sessions_only: bool = False) -> Iterator[Piece]:
    """The artifact's pieces, in order; `session` is the one that its records belong to if they do not say."""
    for piece in _cut(artifact, session, scratch):
        yield replace(piece, sessions_only=True) if sessions_only else piece


def _cut(artifact: Artifact, session: str | None, scratch: Path) -> Iterator[Piece]:
    source = artifact.source
    for first, last, effort in _cuts(source):
        yield Piece(artifact.id, source, session, scratch, effort, first, last, artifact.run_id)


def _cuts(source: Source) -> Iterator[tuple[int, int | None, int]]:
    """Begin, end and effort of each piece."""
    if source.kind is Kind.UNKNOWN:
        return iter([(0, None, source.size_bytes)])
    if source.member is not None:
        return _stretches(source.size_bytes, _step_of(source), _effort(source.member.packed_bytes, source.size_bytes))
    if source.compression is not Compression.NONE:
        size = source.size_bytes
        return _stretches(size, max(BLOCK_BYTES // PACKED, 1), _effort(size, size * PACKED))
    return _member_cuts(source) if source.kind in (Kind.ARCHIVE, Kind.RUN) else _line_cuts(source)


def _step_of(member: Source) -> int:
    """Bytes of a member's stretches. To read any of a transcript, all of the log is looked through: it is not cut."""
    return max(member.size_bytes, 1) if member.kind is Kind.TRANSCRIPT else BLOCK_BYTES


def _stretches(size: int, step: int, effort: int) -> Iterator[tuple[int, int | None, int]]:
    """Begin, end and effort of each `step` of what is read forward only: nobody knows where its lines begin."""
    firsts = range(0, max(size, 1), step)
    for first in firsts:
        yield first, first + step if first + step < size else None, effort // len(firsts)


def _line_cuts(source: Source) -> Iterator[tuple[int, int, int]]:
    """Begin, end and size of about BLOCK_BYTES of whole lines each; bytes added after discovery are left out."""
    begin, size = 0, source.size_bytes
    try:
        with source.path.open("rb") as stream:
            while size - begin > BLOCK_BYTES:
                end = min(_next_line(stream, begin + BLOCK_BYTES), size)
                yield begin, end, end - begin
                begin = end
    except OSError:
        pass  # the reader of the last piece meets the same error, and reports it
    if begin < size or size == 0:
        yield begin, size, size - begin


def _next_line(stream: BinaryIO, offset: int) -> int:
    """Where the first line begins that begins after `offset`; the end of the file if none does."""
    stream.seek(offset)
    while data := stream.read(_SCAN_BYTES):
        if (found := data.find(b"\n")) >= 0:
            return offset + found + 1
        offset += len(data)
    return offset


def _member_cuts(source: Source) -> Iterator[tuple[int, int | None, int]]:
    """First and last member and packed size of about BLOCK_BYTES of members each, counted from 1."""
    sizes = _member_sizes(source) if source.size_bytes > BLOCK_BYTES else []
    first, packed = 1, 0
    for number, member in enumerate(sizes, 1):
        packed += member
        if packed >= BLOCK_BYTES or number - first + 1 >= BATCH_MEMBERS:
            yield first, number, packed
            first, packed = number + 1, 0
    if not sizes:
        yield 1, None, source.size_bytes
    elif packed:
        yield first, len(sizes), packed


def _member_sizes(source: Source) -> list[int]:
    """What each member takes; nothing if the archive cannot be opened, which its reader reports.

    Those that are artifacts of their own are counted too, although nothing is read of them here.
    """
    try:
        with Zip(source.path, source.limit) as archive:
            return [_effort_of(entry, archive) for entry in archive.entries]
    except DAMAGE:
        return []


def _effort_of(entry: Entry, archive: Zip) -> int:
    packed = entry.end - entry.offset
    return _effort(packed, 0 if entry.number in archive.left_out else entry.size)


def _effort(packed: int, unpacked: int) -> int:
    return max(packed, unpacked // 4) + _MEMBER_OVERHEAD
