"""Read text in UTF-16, also where a cell holds it as text: its zeros between ASCII characters are valid UTF-8.

In JSON the output of a program that writes UTF-16 has an escape for each zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...secret_detection.hyperscan_words import HyperscanWords
from .decoded_text import DecodedText
from .text_places import Escapes, Places

_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_HEAD_BYTES = 256
_MOST_OTHERS = 8
"""Of so many characters, how many may be none of ASCII in a text without a mark of its order of bytes."""
_PAIRS = re.compile(rb"(?:[\x01-\x7f]\0){4,}")
_ZERO = re.compile(rb"\\{1,8}u0000")
_ESCAPED_PAIRS = re.compile(rb"(?:(?:\\{1,8}[\"nrt/]|[^\\])\\{1,8}u0000){4,}")


def wide_encoding(data: bytes) -> str | None:
    """Return in which UTF-16 bytes may be; None if they look like something else."""
    head = data[:_HEAD_BYTES]
    if len(data) % 2 or head[:2] in _MARKS or b"\0" not in head:
        return None if len(data) % 2 else _MARKS.get(head[:2])
    for order, encoding in enumerate(_MARKS.values()):
        high = head[1 - order :: 2]
        if (len(high) - high.count(0)) * _MOST_OTHERS <= len(high) and head[order::2].count(0) == 0:
            return encoding
    return None


class WideSieve:
    """Finds what may be text in UTF-16 among joined cells."""

    def __init__(self) -> None:
        """Compile the escape of a zero, which this finds several times as fast as a search in Python.

        Raises:
            BundleError: the extra `redact` is not installed.
        """
        self._zeros = HyperscanWords([b"u0000"])

    def __call__(self, joined: bytes) -> Iterator[int]:
        """Yield where stretches of such text end."""
        if b"\0" in joined:
            yield from (match.end() for match in _PAIRS.finditer(joined))
        if self._zeros.ends(joined):
            yield from (match.end() for match in _ESCAPED_PAIRS.finditer(joined))


class _WideText(DecodedText):
    """A text in UTF-16, as UTF-8."""

    __slots__ = ()

    def __init__(self, data: bytes, cell: bytes, places: Places) -> None:
        super().__init__(data, DecodedText(cell))
        self._places = places


class _WideCharacters:
    """Where the characters of a text are in its UTF-16."""

    def __init__(self, text: str, encoding: str) -> None:
        self._text = None if text.isascii() else text.encode()
        self._encoding = encoding

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self._place(start), self._place(end)

    def _place(self, place: int) -> int:
        if self._text is None:
            return place * 2
        return len(self._text[:place].decode(errors="ignore").encode(self._encoding))


def wide_text(cell: bytes) -> DecodedText | None:
    """Return a cell that is text in UTF-16, decoded, or one that has such text in JSON, without its zeros."""
    if b"u0000" in cell and _ESCAPED_PAIRS.search(cell):
        return _WideText(_ZERO.sub(b"", cell), cell, Escapes(cell, _ZERO, lambda _: 0))
    encoding = wide_encoding(cell) if b"\0" in cell[:_HEAD_BYTES] else None
    if encoding is None:
        return None
    try:
        text = cell.decode(encoding)
    except UnicodeError:
        return None
    return _WideText(text.encode(), cell, _WideCharacters(text, encoding))
