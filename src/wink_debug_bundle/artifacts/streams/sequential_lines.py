"""Read lines from a stream that cannot seek, in splits that several readers may share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedIOBase
from typing import BinaryIO, cast

from ..read1_stream import Read1Stream
from ..read_errors import UNREADABLE
from .line_blocks import Block, LongLine, line_blocks

_CHUNK_BYTES = 1 << 20
"""Fixed read size, so that every reader of the same bytes sees the same chunk boundaries."""


class SequentialLineReader:
    """Reads splits of a stream in ascending order; a line belongs to the split in which it begins.

    A split is a range of positions. A position is a byte offset in the stream, or, if `position` is given, what it
    returns before each chunk, such as an offset in the compressed file; then a whole chunk has one position.

    Several readers of the same bytes may share the splits: each line is read by exactly one of them. Damage is raised
    by exactly one of them: the reader of the line that it breaks. Each reader skips the lines of the others.
    """

    def __init__(self, stream: BufferedIOBase, position: Callable[[], int] | None = None) -> None:
        self._stream = stream
        self._position = position
        self._chunk = b""
        self._chunk_position = 0
        self._is_line_start = True
        self._next_first: int | None = 0
        self._failure: Exception | None = None
        self.offset = 0
        """How many bytes of the stream have been taken."""
        self.is_at_end = False
        """Whether the stream was read to its end without damage."""
        self.missed: Exception | None = None
        """Damage before the last split, which this reader never raised and because of it could not reach the split.

        It is set for the first such split only.
        """

    def is_before(self, first: int) -> bool:
        """Return whether a split that begins at position `first` can still be read."""
        return self._next_first is not None and self._next_first <= first

    @property
    def is_through(self) -> bool:
        """Return whether the stream was read to its end, or to damage."""
        return self.is_at_end or self._failure is not None

    def blocks(self, first: int, last: int | None, size: int, limit: int | None = None) -> Iterator[Block | LongLine]:
        """Yield blocks of about `size` bytes of the lines that begin from position `first` on and before `last`.

        A `last` of None is the end of the stream. A line longer than `limit` is a LongLine. If damage comes before these lines, it is `missed`, and there are no
        blocks.

        Raises:
            One of UNREADABLE: the stream is damaged in these lines; the bytes before the damage were yielded.
        """
        self._next_first = None  # a caller that stops on the way cannot go on
        try:
            if self._skip_to(first):
                split = cast("BinaryIO", _LinesBefore(self, last))
                yield from line_blocks(split, offset=self.offset, length=None, size=size, limit=limit)
        except UNREADABLE:
            self._next_first = last
            raise
        self._next_first = last

    def take(self, last: int | None, count: int) -> bytes:
        """Return up to `count` bytes (if negative: the rest of the chunk) of the lines that begin before `last`.

        The result is empty at the end of these lines and at the end of the stream.
        """
        if not self._chunk:
            self._fill()
        end = self._line_end(last)
        if 0 <= count < end:
            end = count
        taken, self._chunk = self._chunk[:end], self._chunk[end:]
        self.offset += len(taken)
        if taken:
            self._is_line_start = taken.endswith(b"\n")
        return taken

    def _skip_to(self, first: int) -> bool:
        """Go to the first line that begins from position `first` on; return False if damage comes before it."""
        self.missed = None
        if self._failure is not None:
            return False
        try:
            while first > 0 and self.take(first, -1):
                pass
        except UNREADABLE as error:
            self.missed = error
            return False
        return True

    def _fill(self) -> None:
        """Read the next chunk.

        Raises:
            One of UNREADABLE: the stream is damaged.
        """
        if self._failure is not None:
            raise self._failure
        if self._position is not None:
            self._chunk_position = self._position()
        try:
            self._chunk = self._stream.read1(_CHUNK_BYTES)
        except UNREADABLE as error:
            self._failure = error
            raise
        self.is_at_end = not self._chunk

    def _line_end(self, last: int | None) -> int:
        """Return where in the chunk the last line that begins before `last` ends; the chunk's end if after it."""
        if last is None:
            return len(self._chunk)
        if self._position is None:
            begin = max(last - self.offset, 0)
        else:
            begin = 0 if self._chunk_position >= last else len(self._chunk)
        if begin == 0 and self._is_line_start:
            return 0
        return self._chunk.find(b"\n", max(begin - 1, 0)) + 1 or len(self._chunk)


class _LinesBefore(Read1Stream):
    """The bytes of the lines that begin before position `last`, or all that are left if it is None."""

    def __init__(self, lines: SequentialLineReader, last: int | None) -> None:
        self._lines = lines
        self._last = last

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes."""
        return self._lines.take(self._last, size)
