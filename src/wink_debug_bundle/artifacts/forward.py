"""Lines of a stream that can only be read from its beginning on, in stretches that several readers may share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast

from .gradual import GradualStream
from .streams import UNREADABLE, Block, LongLine, line_blocks

_CHUNK_BYTES = 1 << 20
"""Most bytes that are asked for at once: always as many, so that every reader meets damage behind the same byte."""


class ForwardLines:
    """Reads stretches of a stream in ascending order; a line belongs to the stretch that it begins in.

    Readers of the same bytes may share the stretches among them: each line is read by one of them, and damage is met
    by one of them, who reads the line that it breaks. All pass over what the others read.
    """

    def __init__(self, stream: GradualStream) -> None:
        self._stream = stream
        self._chunk = b""
        self._offset = 0
        self._next: int | None = 0
        self._failure: Exception | None = None
        self.is_at_end = False
        """Whether the whole stream has passed, and nothing of it was damaged."""

    def is_before(self, first: int) -> bool:
        """Whether a stretch that begins at byte `first` can still be read."""
        return self._next is not None and self._next <= first

    def blocks(self, first: int, last: int | None, size: int) -> Iterator[Block | LongLine]:
        """Blocks of about `size` bytes of the lines that begin from byte `first` on and before byte `last`.

        A `last` of None is the end of the stream. Nothing is said of damage before these lines.

        Raises:
            One of UNREADABLE: the stream is damaged in these lines; what was read before that is a block, too.
        """
        self._next = None  # whoever stops on the way cannot go on
        try:
            if self._pass_over(first) and (last is None or self._offset < last):
                stretch = cast("BinaryIO", _Stretch(self, last))
                yield from line_blocks(stretch, offset=self._offset, length=None, size=size)
        except UNREADABLE:
            self._next = last
            raise
        self._next = last

    def take(self, count: int) -> bytes:
        """Up to `count` bytes, as many as there are at once if that is negative; none at the end."""
        if not self._chunk:
            self._fill()
        taken = self._chunk if count < 0 else self._chunk[:count]
        self._chunk = self._chunk[len(taken) :]
        self._offset += len(taken)
        return taken

    def take_to_line_end(self, least: int, count: int) -> tuple[bytes, bool]:
        """As `take`, but nothing behind the first line end from byte `least` on; and whether that was met."""
        begin = self._offset
        data = self.take(count)
        end = data.find(b"\n", max(least - begin, 0)) + 1
        if end == 0:
            return data, False
        self._chunk = data[end:] + self._chunk
        self._offset = begin + end
        return data[:end], True

    def _pass_over(self, first: int) -> bool:
        """Go to the first line that begins from byte `first` on; False if there is none, or damage before it."""
        if self._failure is not None:
            return False
        is_met = self._offset >= first
        try:
            while not is_met:
                data, is_met = self.take_to_line_end(first - 1, -1)
                if not data:
                    return False
        except UNREADABLE:
            return False
        return True

    def _fill(self) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            self._chunk = self._stream.read1(_CHUNK_BYTES)
        except UNREADABLE as error:
            self._failure = error
            raise
        self.is_at_end = not self._chunk


class _Stretch(GradualStream):
    """The bytes up to the end of the last line that begins before byte `last`, or up to the end of all."""

    def __init__(self, lines: ForwardLines, last: int | None) -> None:
        self._lines = lines
        self._last = last
        self._is_over = False

    def read1(self, size: int = -1, /) -> bytes:
        if self._is_over:
            return b""
        if self._last is None:
            return self._lines.take(size)
        data, self._is_over = self._lines.take_to_line_end(self._last - 1, size)
        return data
