"""Write rows as the lines of a table in a chosen layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from .cursor import Row
from .display_text import cell_text, cut, display_width, wrap
from .table_layout import GAP, Column, Layout

_MOST_LINES = 4
"""Lines of a value that stands below its row; a longer value is cut."""

_INDENT = "    "

_NARROWEST = 7
"""Terminal columns that a value below its row has at least, however long its name is."""


@dataclass(frozen=True, slots=True)
class TableLines:
    """Turns rows into lines."""

    names: Sequence[str]
    layout: Layout
    width: int
    """Terminal columns of a line."""
    mark: str
    """What a cut value ends in."""
    shorten: Mapping[int, Callable[[str], str]]
    """How the values of some columns are shortened, by their positions."""

    def heading(self) -> Iterator[str]:
        """Yield the lines of the heading, and the rule below it."""
        columns = self.layout.columns
        for parts in zip_longest(*(column.heading for column in columns), fillvalue=""):
            yield self._line(parts)
        if columns:
            yield self._line(["-" * column.width for column in columns])

    def lines(self, row: Row, number: int) -> Iterator[str]:
        """Yield the lines of a row; `number` counts from 1."""
        if self.layout.is_record:
            yield f"Row {number:,}\n"
        else:
            yield self._line([self._text(row, column.position) for column in self.layout.columns])
        yield from self._packed(row)
        yield from self._values(row)

    def _has(self, row: Row, position: int) -> bool:
        """Return whether a value stands below its row: NULL does so only in a record."""
        return row[position] is not None or self.layout.is_record

    def _text(self, row: Row, position: int) -> str:
        """Return what is shown of a value."""
        text = cell_text(row[position])
        return self.shorten[position](text) if position in self.shorten else text

    def _line(self, cells: Sequence[str]) -> str:
        """Return one line of cells side by side."""
        laid_out = [_padded(cell, column, self.mark) for cell, column in zip(cells, self.layout.columns, strict=True)]
        return GAP.join(laid_out).rstrip() + "\n"

    def _packed(self, row: Row) -> Iterator[str]:
        """Yield the lines of names and values that share lines, as many on a line as fit."""
        line = ""
        for position in filter(partial(self._has, row), self.layout.packed):
            pair = f"{self.names[position]}: {self._text(row, position)}"
            if line and display_width(f"{_INDENT}{line}{GAP}{pair}") > self.width:
                yield f"{_INDENT}{line}\n"
                line = ""
            line = f"{line}{GAP}{pair}" if line else cut(pair, self.width - len(_INDENT), self.mark)
        if line:
            yield f"{_INDENT}{line}\n"

    def _values(self, row: Row) -> Iterator[str]:
        """Yield the lines of names and values that have lines of their own, the values below each other."""
        room = max(self.width - len(f"{_INDENT}: "), 2 * _NARROWEST)
        names = [cut(self.names[position], room - _NARROWEST, self.mark) for position in self.layout.below]
        longest = max(map(display_width, names), default=0)
        for position, name in zip(self.layout.below, names, strict=True):
            if self._has(row, position):
                label = f"{_INDENT}{name}: {' ' * (longest - display_width(name))}"
                for line in wrap(self._text(row, position), room - longest, _MOST_LINES, self.mark):
                    yield f"{label}{line}".rstrip() + "\n"
                    label = " " * display_width(label)


def _padded(cell: str, column: Column, mark: str) -> str:
    """Cut the cell to the column's limit, ending in `mark`, and pad it to the column's width."""
    if column.limit is not None:
        cell = cut(cell, column.limit, mark)
    padding = " " * (column.width - display_width(cell))
    return padding + cell if column.align_right else cell + padding
