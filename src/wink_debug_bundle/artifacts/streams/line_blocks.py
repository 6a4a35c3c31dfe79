"""Cut decompressed bytes into blocks of whole lines."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from ...column_values import ArtifactKind
from ..read_errors import UNREADABLE

LINE_LIMIT = 64 << 20
"""Largest line that is read as JSON, in bytes. To parse it takes about ten times its size in memory, at worst thirty."""

LONG_SNAPSHOT = 24 << 20
"""Largest snapshot that is read as one JSON value, in bytes; the items of a longer one are cut out of its text."""

_READ_BYTES = 16 << 20
"""Most bytes that are read at once: more than a usual block."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of an artifact.

    `data` ends with a line end, unless the file ends without one; `offset` is its first byte in the decompressed file.
    """

    data: bytes
    offset: int

    @property
    def length(self) -> int:
        """Return the number of bytes in the block."""
        return len(self.data)


def line_limit(kind: ArtifactKind) -> int:
    """Return the size of the longest line of an artifact that is held in memory."""
    return LONG_SNAPSHOT if kind is ArtifactKind.SNAPSHOTS else LINE_LIMIT


def split_lines(data: bytes) -> list[bytes]:
    """Return the lines of `data` with their line ends; only a line feed ends a line, and the last line may have none."""
    return io.BytesIO(data).readlines()  # three times as fast as bytes.split


class LongLine:
    """A line of more bytes than its reader allows, which is not held in memory.

    Iterating yields its bytes once, without the line end; it must be iterated before the next block is requested.
    `offset` is its first byte in the decompressed file. After the iteration, `length` is the number of bytes read,
    including the line end, `after` holds bytes that follow the line, and `failure` is the damage within it, if any.
    """

    def __init__(self, offset: int, chunks: Iterator[bytes]) -> None:
        self.offset = offset
        self.length = 0
        self.after = b""
        self.failure: Exception | None = None
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        """Yield the line's bytes; if they cannot be read to the line's end, `failure` says why."""
        try:
            for chunk in self._chunks:
                if (end := chunk.find(b"\n")) >= 0:
                    self.after = chunk[end + 1 :]
                    self.length += end + 1
                    yield chunk[:end]
                    return
                self.length += len(chunk)
                yield chunk
        except UNREADABLE as error:
            self.failure = error


def line_blocks(
    stream: BinaryIO, *, offset: int, length: int | None, size: int, limit: int | None = None
) -> Iterator[Block | LongLine]:
    """Cut `length` bytes of `stream` (all of it if None) into blocks of about `size` bytes of whole lines.

    The stream must be at `offset` already. A line longer than `size` is a block of its own; one longer than
    `limit` (or LINE_LIMIT, if that is less) is a LongLine. On an error, the bytes before it are yielded as a block, then the error is raised.
    """
    limit = LINE_LIMIT if limit is None else min(limit, LINE_LIMIT)
    pending = _PendingLines(offset)
    chunks = _chunks(stream, length, min(size, limit, _READ_BYTES))
    failure: Exception | None = None
    try:
        chunk = next(chunks, b"")
        while chunk:
            if pending.known_line_length(chunk) > limit:
                if pending.whole:
                    yield pending.block()
                line = LongLine(pending.offset, chain(pending.taken(), [chunk], chunks))
                yield line
                pending = _PendingLines(line.offset + line.length)
                if line.failure is not None:
                    raise line.failure
                chunk = line.after or next(chunks, b"")
                continue
            pending.add(chunk)
            if pending.whole and pending.held >= size:
                yield pending.block()
            chunk = next(chunks, b"")
    except UNREADABLE as error:
        failure = error
    if pending.held:
        yield pending.last_block()
    if failure is not None:
        raise failure


class _PendingLines:
    """Bytes that are not yet a block: whole lines from `offset` on, then `rest`, the beginning of an unfinished line."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.whole: list[bytes] = []
        self.rest: list[bytes] = []
        self.held = 0
        self._rest_bytes = 0

    def known_line_length(self, chunk: bytes) -> int:
        """Return how many bytes the unfinished line has, up to its end in `chunk` or to the end of `chunk`."""
        end = chunk.find(b"\n")
        return self._rest_bytes + (len(chunk) if end < 0 else end)

    def add(self, chunk: bytes) -> None:
        """Append `chunk`."""
        self.held += len(chunk)
        if whole_end := chunk.rfind(b"\n") + 1:
            self.whole += [*self.rest, chunk[:whole_end]]
            self.rest, self._rest_bytes = [], 0
        if whole_end < len(chunk):
            self.rest.append(chunk[whole_end:])
            self._rest_bytes += len(chunk) - whole_end

    def block(self) -> Block:
        """Remove the whole lines and return them."""
        block = Block(b"".join(self.whole), self.offset)
        self.offset += len(block.data)
        self.held -= len(block.data)
        self.whole = []
        return block

    def taken(self) -> Iterator[bytes]:
        """Remove the beginning of the unfinished line and yield it, so that memory does not hold it any longer."""
        while self.rest:
            yield self.rest.pop(0)

    def last_block(self) -> Block:
        """Return all remaining bytes; they need not end with a line end."""
        return Block(b"".join([*self.whole, *self.rest]), self.offset)


def _chunks(stream: BinaryIO, length: int | None, size: int) -> Iterator[bytes]:
    """Yield `length` bytes of `stream` as they arrive.

    A compressed stream yields small chunks, so that damage loses few bytes before it.
    """
    read = stream.read1 if isinstance(stream, io.BufferedIOBase) else stream.read
    left = length
    while left != 0 and (chunk := read(size if left is None else min(size, left))):
        left = None if left is None else left - len(chunk)
        yield chunk


def read_sample(stream: BinaryIO, size: int) -> tuple[bytes, Exception | None]:
    """Return the first `size` bytes, or those before the file's end or its damage, and the damage, if any."""
    chunks: list[bytes] = []
    try:
        chunks.extend(_chunks(stream, size, size))
    except UNREADABLE as error:
        return b"".join(chunks), error
    return b"".join(chunks), None
