"""Choose how the rows of a result fit in a number of terminal columns.

What fits is shown whole. Else columns that are NULL in all rows are dropped, and times and ids are shortened; then the
texts that are longer than their column are cut, prose the least. Where prose would become unreadable, the longest
values stand below their row, as name and value. Where even short ones do not fit, so do the last columns; and all of
them, as a record, if few would be left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .display_text import display_width
from .short_values import is_exact

GAP = "  "

_LONG = 24
"""Columns up to this width are not cut; wider ones stand below the row first."""

_SHORT = 16
"""Wider columns are cut to no less than this width."""

_PROSE = 32
"""Prose is cut to no less than this width."""

_SHORT_PAIR = 30
"""Names and values below a row of up to this width together share a line."""


@dataclass(frozen=True, slots=True)
class Column:
    """How one column is laid out: padded to `width` and cut to `limit` terminal columns."""

    position: int
    """Its position in the row, from 0."""
    heading: tuple[str, ...]
    """The lines of its heading."""
    width: int
    limit: int | None
    align_right: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns are side by side, and which stand below each row, by their positions."""

    columns: tuple[Column, ...]
    packed: tuple[int, ...] = ()
    """Columns below a row that share its lines."""
    below: tuple[int, ...] = ()
    """Columns that have lines of their own."""

    @property
    def is_record(self) -> bool:
        """Return whether no columns are side by side."""
        return not self.columns

    @property
    def has_values_below(self) -> bool:
        """Return whether some columns stand below each row."""
        return bool(self.packed or self.below)


@dataclass(frozen=True, slots=True)
class Content:
    """What one column has to show."""

    position: int
    name: str
    width: int
    """The width of its widest cell."""
    is_numeric: bool = False
    is_prose: bool = False
    is_exact: bool = False
    """Whether its values are times or ids, and a part of one says nothing."""

    def least(self) -> int:
        """Return the width below which the column cannot be read."""
        is_whole = self.is_numeric or self.is_exact or self.width <= _LONG
        most = self.width if is_whole else _PROSE if self.is_prose else _SHORT
        return max(min(self.width, most), *map(display_width, heading_lines(self.name, 1)))


def content_of(position: int, name: str, cells: Sequence[object], shown: Sequence[str]) -> Content:
    """Return what a column has to show.

    Args:
        position: Its position in the row, from 0.
        name: Its name.
        cells: Its values.
        shown: What is shown of each value.
    """
    known = [cell for cell in cells if cell is not None]
    is_numeric = bool(known) and all(isinstance(cell, (int, float)) for cell in known)
    texts = [cell for cell in known if isinstance(cell, str)]
    prose = sum(" " in text and not text.startswith(("{", "[")) for text in texts)
    return Content(
        position,
        name,
        max(map(display_width, shown), default=0),
        is_numeric,
        is_prose=prose * 2 > len(known),
        is_exact=is_exact(cells),
    )


def heading_lines(name: str, width: int) -> tuple[str, ...]:
    """Return the lines of a heading of about this width; a longer name is broken after underscores."""
    lines = [""]
    for part in name.replace("_", "_\0").split("\0"):
        if lines[-1] and display_width(lines[-1] + part) > width:
            lines.append(part)
        else:
            lines[-1] += part
    return tuple(lines)


def whole_layout(contents: Sequence[Content], width: int | None, widest: int) -> Layout | None:
    """Return the layout with every cell whole; None if it does not fit in `width` terminal columns.

    Args:
        contents: The columns.
        width: Terminal columns of a line; None if lines may be of any length.
        widest: Width that a column is padded to at most where lines may be of any length.
    """
    widths = [max(each.width, display_width(each.name)) for each in contents]
    if width is None:
        return Layout(tuple(_column(each, min(wide, widest)) for each, wide in zip(contents, widths, strict=True)))
    spare = width - _total(widths)
    if spare < 0:
        return None
    # Longer cells further down may use the room that the first rows leave.
    return Layout(tuple(_column(each, wide, wide + spare) for each, wide in zip(contents, widths, strict=True)))


def fitting_layout(contents: Sequence[Content], width: int) -> Layout:
    """Return the layout that fits in `width` terminal columns, with values below their row if they must be."""
    beside = _beside(contents, width)
    below = [each for each in contents if each not in beside]
    packed = [each.position for each in below if beside and each.width + display_width(each.name) <= _SHORT_PAIR]
    widths = _widths(beside, width)
    return Layout(
        tuple(_column(each, wide, wide) for each, wide in zip(beside, widths, strict=True)),
        tuple(packed),
        tuple(each.position for each in below if each.position not in packed),
    )


def _beside(contents: Sequence[Content], width: int) -> list[Content]:
    """Return the columns that stand side by side: without the longest, then without the last, until they fit."""
    beside = list(contents)
    long = [each for each in contents if each.width > _LONG and not each.is_numeric]
    leaving = [*contents[1:], *sorted(long, key=lambda each: (each.width, each.position))]
    while _total([each.least() for each in beside]) > width and leaving:
        if (last := leaving.pop()) in beside:
            beside.remove(last)
    is_readable = _total([each.least() for each in beside]) <= width and len(beside) * 3 >= len(contents)
    return beside if is_readable or len(contents) == 1 else []


def _widths(contents: Sequence[Content], width: int) -> list[int]:
    """Divide the width: to each column the least it needs, then to prose, to other text and to headings what they lack."""
    widths = [min(each.least(), width) for each in contents]
    for is_prose in (True, False):
        lacking = [
            max(0, each.width - wide) if each.is_prose == is_prose else 0
            for each, wide in zip(contents, widths, strict=True)
        ]
        given = _shares(lacking, width - _total(widths))
        widths = [wide + more for wide, more in zip(widths, given, strict=True)]
    headings = [max(0, display_width(each.name) - wide) for each, wide in zip(contents, widths, strict=True)]
    for position in sorted(range(len(contents)), key=headings.__getitem__):
        if _total(widths) + headings[position] <= width:
            widths[position] += headings[position]
    return widths


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """Divide the room so that small wishes are fulfilled and the greater ones get the same."""
    shares = [0] * len(wanted)
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    for rank, position in enumerate(order):
        shares[position] = min(wanted[position], max(0, room) // (len(order) - rank))
        room -= shares[position]
    return shares


def _column(content: Content, width: int, limit: int | None = None) -> Column:
    heading = heading_lines(content.name, width)
    return Column(content.position, heading, width, limit, content.is_numeric)


def _total(widths: Sequence[int]) -> int:
    """Return the length of a line of columns with these widths."""
    return sum(widths) + len(GAP) * (len(widths) - 1)
