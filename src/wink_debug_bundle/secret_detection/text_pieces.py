"""Cut texts into pieces that overlap, so that a search of a long one takes linear time and little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, count, islice
from operator import add
from typing import NamedTuple

_STEP = 96 << 10
_OVERLAP = 32 << 10
"""The longest secret that is found wherever it lies; `pem_blocks.py` finds longer ones."""
_EDGE = 1
"""A match this near to a cut may be part of a longer one."""
_BATCH_BYTES = 1 << 20
"""How much is searched at once."""


class TextPiece(NamedTuple):
    """A part of a text, or all of it."""

    text: int
    """Which text."""
    offset: int
    data: bytes
    is_last: bool

    def has_whole(self, start: int, end: int) -> bool:
        """Return whether a match at this place is whole, and was not made by a cut."""
        return (self.offset == 0 or start >= _EDGE) and (self.is_last or end <= len(self.data) - _EDGE)


def joined_starts(texts: Sequence[bytes]) -> list[int]:
    """Return where each text begins when all are joined by one byte, and where one more would begin."""
    return list(map(add, accumulate(map(len, texts), initial=0), count()))


class PieceBatch(NamedTuple):
    """Pieces that are searched at once: several whole texts, or some pieces of one."""

    first: int
    """The number of the first text."""
    data: Sequence[bytes]
    pieces: Sequence[TextPiece]
    """The pieces of a long text; none if `data` are whole texts."""

    def piece(self, number: int) -> TextPiece:
        """Return one of the pieces by its number in the batch."""
        return (
            self.pieces[number] if self.pieces else TextPiece(self.first + number, 0, self.data[number], is_last=True)
        )


def piece_batches(texts: Sequence[bytes]) -> Iterator[PieceBatch]:
    """Yield all pieces of the texts, in order; nothing is made for each of many short texts."""
    ends = [*accumulate(map(len, texts), initial=0)]
    if ends[-1] <= _STEP + _OVERLAP or (ends[-1] <= _BATCH_BYTES and max(map(len, texts)) <= _STEP + _OVERLAP):
        if texts:
            yield PieceBatch(0, texts, ())
        return
    first = 0
    for number, text in enumerate(texts):
        is_long = len(text) > _STEP + _OVERLAP
        if first < number and (is_long or ends[number + 1] - ends[first] > _BATCH_BYTES):
            yield PieceBatch(first, texts[first:number], ())
            first = number
        if is_long:
            yield from _batches_of_long(number, text)
            first = number + 1
    if first < len(texts):
        yield PieceBatch(first, texts[first:], ())


def _batches_of_long(number: int, text: bytes) -> Iterator[PieceBatch]:
    pieces = _pieces(number, text)
    while group := list(islice(pieces, _BATCH_BYTES // _STEP)):
        yield PieceBatch(number, [piece.data for piece in group], group)


def _pieces(number: int, text: bytes) -> Iterator[TextPiece]:
    for offset in range(0, len(text) - _OVERLAP, _STEP):
        end = offset + _STEP + _OVERLAP
        yield TextPiece(number, offset, text[offset:end], is_last=end >= len(text))
