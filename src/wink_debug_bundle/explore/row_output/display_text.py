"""Show cells as text for people, and measure, cut and wrap text by the columns that it takes on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from ...terminal_text import visible
from .cursor import OddText

_SHORT_BLOB = 16
"""BLOBs of up to so many bytes are shown in hexadecimal, larger ones by their size."""


def cell_text(cell: object) -> str:
    """Return what a table shows for a cell."""
    if cell is None:
        return "NULL"
    if isinstance(cell, OddText):
        return visible(cell.decode("utf-8", "backslashreplace"))
    if isinstance(cell, bytes):
        return f"x'{cell.hex()}'" if len(cell) <= _SHORT_BLOB else f"<{len(cell):,} bytes>"
    return visible(str(cell))


def display_width(text: str) -> int:
    """Return the number of columns that the text takes on a terminal."""
    if text.isascii():
        return len(text)
    import wcwidth

    return max(0, wcwidth.wcswidth(text))


def cut(text: str, width: int, mark: str) -> str:
    """Return the text, ending in `mark` if it is cut because it takes more than `width` terminal columns."""
    return text if display_width(text) <= width else _beginning(text, max(0, width - len(mark))) + mark


def wrap(text: str, width: int, most: int, mark: str) -> Iterator[str]:
    """Yield the text as at most `most` lines of `width` terminal columns, broken at spaces where there are some."""
    for _ in range(most - 1):
        if display_width(text) <= width:
            break
        head = _beginning(text, width) or text[:1]
        if text[len(head) :][:1] != " " and (space := head.rfind(" ")) > width // 2:
            head = head[:space]
        yield head
        text = text[len(head) :].removeprefix(" ")
    yield cut(text, width, mark)


def _beginning(text: str, width: int) -> str:
    """Return the longest beginning of the text that takes at most `width` terminal columns."""
    if text.isascii():
        return text[:width]
    import wcwidth

    # More than 8 characters for each column are piled-up combining marks, which can be dropped.
    clipped = wcwidth.clip(text[: width * 8], 0, width)
    return clipped if text.startswith(clipped) else clipped[:-1]  # a blank stands for half of a wide character
