"""Find files of lines that are copies of others, or the beginnings of others that have grown since.

Their decompressed bytes decide. Files whose beginnings differ are not read any further.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from ...column_values import ArtifactKind, Compression
from ..accounting.blobs import CHUNK_BYTES
from ..detection import SAMPLE_BYTES
from ..read_errors import UNREADABLE
from ..runs.run_folder import open_members
from ..source import Copy, Source
from ..source_opener import open_source
from ..streams.decompression import decompress
from .duplicates import file_hash
from .found import Found, lines_of

_MOST_DIFFERENT = 64
"""Files with the same beginning that are compared with each other; more of them that all differ are not likely copies."""


class _Head(NamedTuple):
    """The first decompressed bytes of a file, `is_whole` if there are no more."""

    found: Found
    data: bytes
    is_whole: bool


def mark_line_copies(found: Sequence[Found]) -> None:
    """Mark files of lines whose bytes are those of another file, or the first of its bytes, or those of a run's member."""
    files = [each for each in found if lines_of(each) and each.source.openable and each.original is None]
    for kind in (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS):
        of_kind = [each for each in files if each.source.kind is kind]
        if len(of_kind) > 1:
            _mark_beginnings([head for each in of_kind if (head := _head(each)) is not None])
    _mark_members(found, [each for each in files if each.original is None])


def _mark_beginnings(heads: list[_Head]) -> None:
    """Mark each file that is the beginning of another one.

    In the order of their heads, a file that is wholly the beginning of others comes just before one of them. Of equal
    files, the one to import comes last.
    """
    heads.sort(key=lambda head: head.found.preference, reverse=True)
    heads.sort(key=lambda head: head.data)
    longer: dict[Found, Found] = {}
    by_head: dict[bytes, list[Found]] = defaultdict(list)
    for head, following in pairwise(heads):
        if head.is_whole and following.data.startswith(head.data):
            longer[head.found] = following.found
    for head in heads:
        if not head.is_whole:
            by_head[head.data].append(head.found)
    for same in by_head.values():
        longer.update(_longer_copies(same))
    for shorter, original in longer.items():
        while original in longer:
            original = longer[original]  # noqa: PLW2901
        if (copy := _copy_of(shorter.source, original.source)) is not None:
            shorter.set_copy(original, copy)


def _longer_copies(same: Sequence[Found]) -> Iterator[tuple[Found, Found]]:
    """Yield each of the files with one that has all of its bytes, and perhaps more; they have the same first bytes."""
    longest: list[Found] = []
    for found in sorted(same, key=lambda each: each.preference):
        for index, other in enumerate(longest[:_MOST_DIFFERENT]):
            shared = _shared(found.source, other.source)
            if shared is not None and shared.is_first_whole:
                yield found, other
                break
            if shared is not None and shared.is_second_whole:
                yield other, found
                longest[index] = found
                break
        else:
            longest.append(found)


class _Shared(NamedTuple):
    """What two files have in common from their beginning, and which of them end there.

    `line_end` is where the last common line end is, `ends_line` whether the second file has a line end next.
    """

    size: int
    line_count: int
    line_end: int
    is_first_whole: bool
    is_second_whole: bool
    ends_line: bool


def _shared(first: Source, second: Source) -> _Shared | None:
    """Return what two files have in common; None if one cannot be read, or they differ before either ends."""
    size = line_count = line_end = 0
    try:
        with ExitStack() as stack:
            one, two = (stack.enter_context(_open(source, stack)) for source in (first, second))
            while True:
                mine, other = one.read(CHUNK_BYTES), two.read(CHUNK_BYTES)
                length = min(len(mine), len(other))
                if mine[:length] != other[:length]:
                    return None
                line_count += mine.count(b"\n", 0, length)
                if (place := mine.rfind(b"\n", 0, length)) >= 0:
                    line_end = size + place + 1
                size += length
                if length < CHUNK_BYTES:
                    ends_line = other[length : length + 1] in (b"\n", b"")
                    return _Shared(size, line_count, line_end, len(mine) == length, len(other) == length, ends_line)
    except UNREADABLE:
        return None


def _open(source: Source, stack: ExitStack) -> BinaryIO:
    """Return the decompressed bytes of a file."""
    file = stack.enter_context(open_source(source))
    return decompress(file, source.compression, source.limit)


def _copy_of(shorter: Source, original: Source) -> Copy | None:
    """Return what the shorter file has of the original; None if it is not its beginning."""
    shared = _shared(shorter, original)
    if shared is None or not shared.is_first_whole:
        return None
    cut = shared.size - shared.line_end
    count, line_bytes = shared.line_count, shared.line_end
    if cut and shared.ends_line:
        count, line_bytes, cut = count + 1, shared.size, 0
    if shared.is_second_whole:
        reason = f"the same lines as {original.name}"
    else:
        reason = f"the first {shared.size} bytes of {original.name}, which has grown since"
    return Copy(reason, count, line_bytes, cut)


def _mark_members(found: Sequence[Found], files: Sequence[Found]) -> None:
    """Mark files that are copies of a log, snapshot or transcript of a run."""
    members: dict[int, list[Found]] = defaultdict(list)
    for run in found:
        for member in run.members:
            members[member.source.size_bytes].append(member)
    for each in files:
        source = each.source
        if source.compression is not Compression.NONE or source.size_bytes not in members:
            continue
        for member in members[source.size_bytes]:
            if _is_same_kind(source, member.source) and file_hash(each) == _member_hash(member.source):
                count, ends_line = _count_lines(source)
                each.set_copy(
                    member, Copy(f"the same lines as {member.source.name}", count + (not ends_line), source.size_bytes)
                )
                break


def _is_same_kind(file: Source, member: Source) -> bool:
    return (file.kind is ArtifactKind.SNAPSHOTS) == (member.kind is ArtifactKind.SNAPSHOTS)


def _member_hash(member: Source) -> str | None:
    """Return the SHA-256 of a run's member; an empty text, which is equal to no hash, if it cannot be read."""
    number = member.member.number if member.member is not None else 0
    digest = hashlib.sha256()
    try:
        with open_members(member) as archive:
            stream = archive.open(archive.entries[number - 1])
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    except (*UNREADABLE, IndexError):
        return ""
    return digest.hexdigest()


def _count_lines(source: Source) -> tuple[int, bool]:
    """Return the number of line ends in a file, and whether one is its last byte."""
    count, last = 0, b"\n"
    try:
        with open_source(source) as file:
            while chunk := file.read(CHUNK_BYTES):
                count, last = count + chunk.count(b"\n"), chunk[-1:]
    except OSError:
        pass  # it was read a moment ago; the digest of the file reports the change
    return count, last == b"\n"


def _head(found: Found) -> _Head | None:
    """Return the head of a file; None if it cannot be read."""
    try:
        with ExitStack() as stack:
            stream = _open(found.source, stack)
            data = stream.read(SAMPLE_BYTES)
            return _Head(found, data, len(data) < SAMPLE_BYTES)
    except UNREADABLE:
        return None
