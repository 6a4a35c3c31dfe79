"""Cut texts into pieces that overlap, so that a search of a long one takes linear time and little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_STEP = 96 << 10
_OVERLAP = 32 << 10
"""The longest secret that is found wherever it lies; `pem_blocks.py` finds longer ones."""
_EDGE = 1
"""A match this near to a cut may be part of a longer one."""


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


def text_pieces(texts: Sequence[bytes]) -> Iterator[TextPiece]:
    """Yield the pieces of the texts, in order; a short text is one piece."""
    for index, text in enumerate(texts):
        if len(text) <= _STEP + _OVERLAP:
            yield TextPiece(index, 0, text, is_last=True)
            continue
        for offset in range(0, len(text) - _OVERLAP, _STEP):
            end = offset + _STEP + _OVERLAP
            yield TextPiece(index, offset, text[offset:end], is_last=end >= len(text))
