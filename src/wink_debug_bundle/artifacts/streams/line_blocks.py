"""Bytes of an artifact, unpacked, and its lines in blocks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from ..read_errors import UNREADABLE

LINE_LIMIT = 64 << 20
"""Bytes of a line that is read as JSON, which takes some ten times as much memory, and in the worst case thirty."""

_READ_BYTES = 16 << 20
"""Bytes that are read at once, enough for the usual block."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of an artifact.

    `data` ends with a line end, except where the file does not; `offset` is its first byte in the unpacked file.
    """

    data: bytes
    offset: int

    @property
    def length(self) -> int:
        """Bytes in the block."""
        return len(self.data)


def split_lines(data: bytes) -> list[bytes]:
    """Return the lines of `data` with their line ends; only a line feed ends a line, and the last line may have none."""
    return io.BytesIO(data).readlines()  # three times as fast as bytes.split


class LongLine:
    """A line of more than LINE_LIMIT bytes, which is not held at once.

    Iterating gives its bytes once, without the line end; whoever gets it has to, before asking for the next block.
    `offset` is its first byte in the unpacked file, `length` the number of bytes read of it, the line end included.
    """

    def __init__(self, offset: int, pieces: Iterator[bytes]) -> None:
        self.offset = offset
        self.length = 0
        self.after = b""
        self.failure: Exception | None = None
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        """The line's bytes; where they cannot be read to its end, `failure` says why."""
        try:
            for piece in self._pieces:
                if (end := piece.find(b"\n")) >= 0:
                    self.after = piece[end + 1 :]
                    self.length += end + 1
                    yield piece[:end]
                    return
                self.length += len(piece)
                yield piece
        except UNREADABLE as error:
            self.failure = error


def line_blocks(stream: BinaryIO, *, offset: int, length: int | None, size: int) -> Iterator[Block | LongLine]:
    """Cut `length` bytes of `stream` (all of it if None) into blocks of about `size` bytes of whole lines.

    The stream stands at `offset` already. A line longer than `size` is a block of its own, one of more than
    LINE_LIMIT bytes a LongLine. What was read before an error is a block too, and the error is raised after it.
    """
    waiting = _Waiting(offset)
    pieces = _pieces(stream, length, min(size, LINE_LIMIT, _READ_BYTES))
    failure: Exception | None = None
    try:
        piece = next(pieces, b"")
        while piece:
            if waiting.line_length(piece) > LINE_LIMIT:
                if waiting.whole:
                    yield waiting.block()
                line = LongLine(waiting.offset, chain(waiting.rest, [piece], pieces))
                yield line
                waiting = _Waiting(line.offset + line.length)
                if line.failure is not None:
                    raise line.failure
                piece = line.after or next(pieces, b"")
                continue
            waiting.add(piece)
            if waiting.whole and waiting.held >= size:
                yield waiting.block()
            piece = next(pieces, b"")
    except UNREADABLE as error:
        failure = error
    if waiting.held:
        yield waiting.last_block()
    if failure is not None:
        raise failure


class _Waiting:
    """Bytes that are not a block yet: whole lines from `offset` on, and the beginning of the line after them."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.whole: list[bytes] = []
        self.rest: list[bytes] = []
        self.held = 0
        self._begun = 0

    def line_length(self, piece: bytes) -> int:
        """Bytes of the line that goes on in `piece`, as far as it is known."""
        end = piece.find(b"\n")
        return self._begun + (len(piece) if end < 0 else end)

    def add(self, piece: bytes) -> None:
        self.held += len(piece)
        if cut := piece.rfind(b"\n") + 1:
            self.whole += [*self.rest, piece[:cut]]
            self.rest, self._begun = [], 0
        if cut < len(piece):
            self.rest.append(piece[cut:])
            self._begun += len(piece) - cut

    def block(self) -> Block:
        """The whole lines, which wait no longer."""
        block = Block(b"".join(self.whole), self.offset)
        self.offset += len(block.data)
        self.held -= len(block.data)
        self.whole = []
        return block

    def last_block(self) -> Block:
        """All that is left; it need not end with a line end."""
        return Block(b"".join([*self.whole, *self.rest]), self.offset)


def _pieces(stream: BinaryIO, length: int | None, size: int) -> Iterator[bytes]:
    """`length` bytes of `stream` as they come; a packed stream gives a little at a time, so damage costs little."""
    read = stream.read1 if isinstance(stream, io.BufferedIOBase) else stream.read
    left = length
    while left != 0 and (piece := read(size if left is None else min(size, left))):
        left = None if left is None else left - len(piece)
        yield piece


def read_sample(stream: BinaryIO, size: int) -> tuple[bytes, Exception | None]:
    """The first `size` bytes, or as many as there are before the file's end or its damage, which comes with them."""
    pieces: list[bytes] = []
    try:
        pieces.extend(_pieces(stream, size, size))
    except UNREADABLE as error:
        return b"".join(pieces), error
    return b"".join(pieces), None
