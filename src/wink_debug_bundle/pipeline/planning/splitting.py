"""Divide artifacts into splits, which workers read in parallel.

The bytes of an artifact alone decide its splits, so that every build of it reads the same splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ...artifacts.archives.archive_reader import BATCH_MEMBERS
from ...artifacts.read_errors import UNREADABLE_ZIP
from ...artifacts.runs.run_folder import open_members
from ...artifacts.source import Source
from ...artifacts.source_opener import open_source
from ...artifacts.split_reader import BLOCK_BYTES, Split
from ...artifacts.zip.members import Members
from ...column_values import ArtifactKind, Compression
from .plan import EXPANSION_ESTIMATE, Artifact

_MEMBER_OVERHEAD = 512
"""Bytes added to the cost of each member, so that an archive of very many small members is divided, too."""

_SCAN_BYTES = 1 << 16

_Range = tuple[int, int | None, int]
"""First and last byte offset (or member number) of a split, and its cost in bytes; no last one means up to the end."""


def splits_of(
    artifact: Artifact, session: str | None, scratch: Path, *, sessions_only: bool = False
) -> Iterator[Split]:
    """Yield the artifact's splits, in order.

    Args:
        artifact: What to divide.
        session: The session of the records that do not name one.
        scratch: A directory for temporary files.
        sessions_only: Whether log records are read without being searched for tool calls and transcripts.
    """
    for first, last, cost in _ranges(artifact.source):
        yield Split(artifact.id, artifact.source, session, scratch, cost, first, last, artifact.run_id, sessions_only)


def _ranges(source: Source) -> Iterator[_Range]:
    if source.kind is ArtifactKind.UNKNOWN or source.copy is not None:
        return iter([(0, None, source.size_bytes)])
    if source.member is not None:
        cost = _cost(source.member.compressed_bytes, source.size_bytes)
        return _equal_ranges(source.size_bytes, _step_of(source), cost)
    if source.compression is not Compression.NONE:
        size = source.size_bytes
        return _equal_ranges(size, max(BLOCK_BYTES // EXPANSION_ESTIMATE, 1), _cost(size, size * EXPANSION_ESTIMATE))
    return _member_ranges(source) if source.kind in (ArtifactKind.ARCHIVE, ArtifactKind.RUN) else _line_ranges(source)


def _step_of(member: Source) -> int:
    """Return the bytes of a split of the member.

    A transcript is one split, because reading any part of it means reading the run's whole log.
    """
    return max(member.size_bytes, 1) if member.kind is ArtifactKind.TRANSCRIPT else BLOCK_BYTES


def _equal_ranges(size: int, step: int, cost: int) -> Iterator[_Range]:
    """Yield ranges of `step` bytes for compressed content: where its lines start is known only when it is read."""
    firsts = range(0, max(size, 1), step)
    for first in firsts:
        yield first, first + step if first + step < size else None, cost // len(firsts)


def _line_ranges(source: Source) -> Iterator[_Range]:
    """Yield ranges of whole lines, about BLOCK_BYTES each; bytes added to the file after discovery are left out."""
    begin, size = 0, source.size_bytes
    try:
        with open_source(source) as stream:
            while size - begin > BLOCK_BYTES:
                end = min(_next_line(stream, begin + BLOCK_BYTES), size)
                yield begin, end, end - begin
                begin = end
    except OSError:
        pass  # the reader of the last split meets the same error, and reports it
    if begin < size or size == 0:
        yield begin, size, size - begin


def _next_line(stream: BinaryIO, offset: int) -> int:
    """Return the offset at which the first line after `offset` starts, or the end of the file."""
    stream.seek(offset)
    while data := stream.read(_SCAN_BYTES):
        if (line_end := data.find(b"\n")) >= 0:
            return offset + line_end + 1
        offset += len(data)
    return offset


def _member_ranges(source: Source) -> Iterator[_Range]:
    """Yield ranges of members, counted from 1, that cost about BLOCK_BYTES each."""
    whole = 1, None, source.size_bytes
    try:
        if source.size_bytes > BLOCK_BYTES:
            with open_members(source) as archive:
                return iter(list(_ranges_of(archive)) or [whole])
    except UNREADABLE_ZIP:
        pass  # its reader reports it
    return iter([whole])


def _ranges_of(archive: Members) -> Iterator[_Range]:
    """Yield ranges of an open archive's members.

    Members that are artifacts themselves are included, although the reader of the archive does not read them.
    """
    first, number, range_cost = 1, 0, 0
    for number, extent in enumerate(archive.entries.extents(), 1):
        range_cost += _cost(extent.stored, 0 if number in archive.left_out else extent.size)
        if range_cost >= BLOCK_BYTES or number - first + 1 >= BATCH_MEMBERS:
            yield first, number, range_cost
            first, range_cost = number + 1, 0
    if range_cost:
        yield first, number, range_cost


def _cost(compressed: int, decompressed: int) -> int:
    """Return about what reading takes, in bytes of an uncompressed log that take as long."""
    return max(compressed, decompressed // 4) + _MEMBER_OVERHEAD
