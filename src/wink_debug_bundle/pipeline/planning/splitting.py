"""Cut artifacts into pieces that workers read at the same time.

Where an artifact is cut depends on its bytes alone, so that every way of building reads the same pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ...artifacts.archives.archive_reader import BATCH_MEMBERS
from ...artifacts.read_errors import UNREADABLE_ZIP
from ...artifacts.source import Source
from ...artifacts.split_reader import BLOCK_BYTES, Split
from ...artifacts.zip.archive import Zip
from ...artifacts.zip.headers import Entry
from ...column_values import ArtifactKind, Compression
from .plan import COMPRESSED, Artifact

_MEMBER_OVERHEAD = 512
"""Bytes that a member costs beyond its content, so that very many small ones are cut too; one that unpacks to more
than four times its size costs a quarter of that."""

_SCAN_BYTES = 1 << 16


def cut(artifact: Artifact, session: str | None, scratch: Path, *, sessions_only: bool = False) -> Iterator[Split]:
    """The artifact's pieces, in order; `session` is the one that its records belong to if they do not say."""
    for split in _cut(artifact, session, scratch):
        yield replace(split, sessions_only=True) if sessions_only else split


def _cut(artifact: Artifact, session: str | None, scratch: Path) -> Iterator[Split]:
    source = artifact.source
    for first, last, effort in _cuts(source):
        yield Split(artifact.id, source, session, scratch, effort, first, last, artifact.run_id)


def _cuts(source: Source) -> Iterator[tuple[int, int | None, int]]:
    """Begin, end and effort of each piece."""
    if source.kind is ArtifactKind.UNKNOWN:
        return iter([(0, None, source.size_bytes)])
    if source.member is not None:
        return _stretches(
            source.size_bytes, _step_of(source), _effort(source.member.compressed_bytes, source.size_bytes)
        )
    if source.compression is not Compression.NONE:
        size = source.size_bytes
        return _stretches(size, max(BLOCK_BYTES // COMPRESSED, 1), _effort(size, size * COMPRESSED))
    return _member_cuts(source) if source.kind in (ArtifactKind.ARCHIVE, ArtifactKind.RUN) else _line_cuts(source)


def _step_of(member: Source) -> int:
    """Bytes of a member's stretches. To read any of a transcript, all of the log is looked through: it is not cut."""
    return max(member.size_bytes, 1) if member.kind is ArtifactKind.TRANSCRIPT else BLOCK_BYTES


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
    first, compressed = 1, 0
    for number, member in enumerate(sizes, 1):
        compressed += member
        if compressed >= BLOCK_BYTES or number - first + 1 >= BATCH_MEMBERS:
            yield first, number, compressed
            first, compressed = number + 1, 0
    if not sizes:
        yield 1, None, source.size_bytes
    elif compressed:
        yield first, len(sizes), compressed


def _member_sizes(source: Source) -> list[int]:
    """What each member takes; nothing if the archive cannot be opened, which its reader reports.

    Those that are artifacts of their own are counted too, although nothing is read of them here.
    """
    try:
        with Zip(source.path, source.limit) as archive:
            return [_effort_of(entry, archive) for entry in archive.entries]
    except UNREADABLE_ZIP:
        return []


def _effort_of(entry: Entry, archive: Zip) -> int:
    compressed = entry.end - entry.offset
    return _effort(compressed, 0 if entry.number in archive.left_out else entry.size)


def _effort(compressed: int, decompressed: int) -> int:
    return max(compressed, decompressed // 4) + _MEMBER_OVERHEAD
