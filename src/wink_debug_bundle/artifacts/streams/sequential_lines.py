"""Lines of a stream that can only be read from its beginning on, in stretches that several readers may share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedIOBase
from typing import BinaryIO, cast

from ..read1_stream import Read1Stream
from ..read_errors import UNREADABLE
from .line_blocks import Block, LongLine, line_blocks

_CHUNK_BYTES = 1 << 20
"""Most bytes that are asked for at once: always as many, so that all readers of the same bytes get the same chunks."""


class SequentialLineReader:
    """Reads stretches of a stream in ascending order; a line belongs to the stretch that it begins in.

    A stretch is told by the places where it begins and ends: byte offsets in the stream; or whatever `place` counts up
    before each chunk of it, such as the bytes of the file that it is packed in, and then all of a chunk has one place.

    Readers of the same bytes may share the stretches among them: each line is read by one of them, and damage is met
    by one of them, who reads the line that it breaks. All pass over what the others read.
    """

    def __init__(self, stream: BufferedIOBase, place: Callable[[], int] | None = None) -> None:
        self._stream = stream
        self._place_of_next = place
        self._chunk = b""
        self._place = 0
        self._is_line_start = True
        self._next: int | None = 0
        self._failure: Exception | None = None
        self.offset = 0
        """How many bytes of the stream have been taken."""
        self.is_at_end = False
        """Whether the whole stream has passed, and nothing of it was damaged."""
        self.missed: Exception | None = None
        """Why the stretch that was asked for last could not be reached: damage before it that this reader never raised.

        It is told of the first such stretch alone.
        """

    def is_before(self, first: int) -> bool:
        """Whether a stretch that begins at the place `first` can still be read."""
        return self._next is not None and self._next <= first

    def blocks(self, first: int, last: int | None, size: int) -> Iterator[Block | LongLine]:
        """Blocks of about `size` bytes of the lines that begin from the place `first` on and before the place `last`.

        A `last` of None is the end of the stream. Damage before these lines is `missed`, and there are none.

        Raises:
            One of UNREADABLE: the stream is damaged in these lines; what was read before that is a block, too.
        """
        self._next = None  # whoever stops on the way cannot go on
        try:
            if self._pass_over(first):
                stretch = cast("BinaryIO", _Range(self, last))
                yield from line_blocks(stretch, offset=self.offset, length=None, size=size)
        except UNREADABLE:
            self._next = last
            raise
        self._next = last

    def take(self, last: int | None, count: int) -> bytes:
        """Up to `count` bytes, or as many as there are at once if that is negative, of lines that begin before `last`.

        There are none at the end of these lines, and at the end of the stream.
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

    def _pass_over(self, first: int) -> bool:
        """Go to the first line that begins from the place `first` on; False if damage comes before it."""
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
        if self._failure is not None:
            raise self._failure
        if self._place_of_next is not None:
            self._place = self._place_of_next()
        try:
            self._chunk = self._stream.read1(_CHUNK_BYTES)
        except UNREADABLE as error:
            self._failure = error
            raise
        self.is_at_end = not self._chunk

    def _line_end(self, last: int | None) -> int:
        """Where in the chunk the last line ends that begins before the place `last`; its end, if that is not in it."""
        if last is None:
            return len(self._chunk)
        if self._place_of_next is None:
            begin = max(last - self.offset, 0)
        else:
            begin = 0 if self._place >= last else len(self._chunk)
        if begin == 0 and self._is_line_start:
            return 0
        return self._chunk.find(b"\n", max(begin - 1, 0)) + 1 or len(self._chunk)


class _Range(Read1Stream):
    """The bytes of the lines that begin before the place `last`, or of all that are left."""

    def __init__(self, lines: SequentialLineReader, last: int | None) -> None:
        self._lines = lines
        self._last = last

    def read1(self, size: int = -1, /) -> bytes:
        return self._lines.take(self._last, size)
