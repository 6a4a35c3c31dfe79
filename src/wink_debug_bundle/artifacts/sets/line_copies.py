"""Find files of lines that are copies of others, or the beginnings of others that have grown since.

Their decompressed bytes decide. Files whose beginnings differ are not read any further.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from ...column_values import ArtifactKind, Compression
from ..accounting.blobs import CHUNK_BYTES
from ..detection import SAMPLE_BYTES
from ..read_errors import UNREADABLE, ZipError
from ..runs.run_folder import open_members
from ..source import Copy, Source
from ..source_opener import open_source
from ..streams.decompression import decompress
from .found import Found, lines_of

_MOST_DIFFERENT = 64
"""Files with the same beginning that are compared with each other; more of them that all differ are not likely copies."""


_MEMBER_HEAD_BYTES = 512
"""First bytes of runs' members that are compared; the first record has the time, to the microsecond, in them."""


class _Head(NamedTuple):
    """The first decompressed bytes of a file, `is_whole` if there are no more."""

    found: Found
    data: bytes
    is_whole: bool


def mark_line_copies(found: Sequence[Found]) -> None:
    """Mark files of lines whose bytes are those of another file, or the first of its bytes, or those of a run's member or its first."""
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
    known: dict[tuple[Found, Found], Copy] = {}
    by_head: dict[bytes, list[Found]] = defaultdict(list)
    for head, following in pairwise(heads):
        if head.is_whole and following.data.startswith(head.data):
            longer[head.found] = following.found
    for head in heads:
        if not head.is_whole:
            by_head[head.data].append(head.found)
    for same in by_head.values():
        for shorter, other, copy in _longer_copies(same):
            longer[shorter], known[shorter, other] = other, copy
    for shorter, original in longer.items():
        while original in longer:
            original = longer[original]  # noqa: PLW2901
        found = known.get((shorter, original)) or _copy_of(shorter.source, original.source)
        if found is not None:
            shorter.set_copy(original, found)


def _longer_copies(same: Sequence[Found]) -> Iterator[tuple[Found, Found, Copy]]:
    """Yield each of the files with one that has all of its bytes, and perhaps more; they have the same first bytes."""
    longest: list[Found] = []
    for found in sorted(same, key=lambda each: each.preference):
        for index, other in enumerate(longest[:_MOST_DIFFERENT]):
            shared = _shared(found.source, other.source)
            if shared is not None and shared.is_first_whole:
                yield found, other, _copy(shared, other.source)
                break
            if shared is not None and shared.is_second_whole:
                yield other, found, _copy(shared, found.source)
                longest[index] = found
                break
        else:
            longest.append(found)


class _Shared(NamedTuple):
    """What two files have in common from their beginning, and which of them end there.

    `line_end` is where the last common line end is, `ends_line` whether the longer file has a line end next, or ends.
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
                mine, other = one.read(_at_most(first, size)), two.read(_at_most(second, size))
                length = min(len(mine), len(other))
                if mine[:length] != other[:length]:
                    return None
                line_count += mine.count(b"\n", 0, length)
                if (place := mine.rfind(b"\n", 0, length)) >= 0:
                    line_end = size + place + 1
                size += length
                if length < CHUNK_BYTES:
                    longer = max(mine, other, key=len)
                    ends_line = longer[length : length + 1] in (b"\n", b"")
                    return _Shared(size, line_count, line_end, len(mine) == length, len(other) == length, ends_line)
    except UNREADABLE:
        return None


def _at_most(source: Source, position: int) -> int:
    """Return how many bytes to read next of a file, which may have grown since it was found."""
    is_plain = source.compression is Compression.NONE
    return max(min(source.size_bytes - position, CHUNK_BYTES), 0) if is_plain else CHUNK_BYTES


def _open(source: Source, stack: ExitStack) -> BinaryIO:
    """Return the decompressed bytes of a file, or of a member of a run.

    Raises:
        One of UNREADABLE: it cannot be read.
    """
    if source.member is None:
        file = stack.enter_context(open_source(source))
        return decompress(file, source.compression, source.limit)
    archive = stack.enter_context(open_members(source))
    if source.member.number > len(archive.entries):
        raise ZipError("the zip was replaced while it was read")
    return io.BufferedReader(archive.open(archive.entries[source.member.number - 1]), CHUNK_BYTES)


def _copy_of(shorter: Source, original: Source) -> Copy | None:
    """Return what the shorter file has of the original; None if it is not its beginning."""
    shared = _shared(shorter, original)
    return _copy(shared, original) if shared is not None and shared.is_first_whole else None


def _copy(shared: _Shared, original: Source) -> Copy:
    """Return what a file is that is wholly shared with the original."""
    cut = shared.size - shared.line_end
    count, line_bytes = shared.line_count, shared.line_end
    if cut and shared.ends_line:
        count, line_bytes, cut = count + 1, shared.size, 0
    if shared.is_first_whole and shared.is_second_whole:
        reason = f"the same lines as {original.name}"
    else:
        reason = f"the first {shared.size} bytes of {original.name}, which has grown since"
    return Copy(reason, count, line_bytes, cut)


def _mark_members(found: Sequence[Found], files: Sequence[Found]) -> None:
    """Mark files that are copies of a log, snapshot or transcript of a run, or its beginning."""
    heads = [head for each in files if (head := _head(each, _MEMBER_HEAD_BYTES)) is not None]
    if not heads:
        return
    members: dict[tuple[bool, bytes], list[_Head]] = defaultdict(list)
    shortest = min(len(head.data) for head in heads)
    for head in (head for run in found for each in run.members if (head := _head(each, _MEMBER_HEAD_BYTES))):
        members[_holds_snapshots(head.found.source), head.data[:shortest]].append(head)
    for head in heads:
        for member in members[_holds_snapshots(head.found.source), head.data[:shortest]]:
            if not member.data.startswith(head.data):
                continue
            if (copy := _copy_of(head.found.source, member.found.source)) is not None:
                head.found.set_copy(member.found, copy)
                break


def _holds_snapshots(source: Source) -> bool:
    return source.kind is ArtifactKind.SNAPSHOTS


def _head(found: Found, size: int = SAMPLE_BYTES) -> _Head | None:
    """Return the head of a file or member; None if it cannot be read."""
    try:
        with ExitStack() as stack:
            data = _open(found.source, stack).read(size)
            return _Head(found, data, len(data) < size)
    except UNREADABLE:
        return None
