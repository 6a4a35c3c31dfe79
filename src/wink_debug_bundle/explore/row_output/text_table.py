"""Write rows as an aligned table for people, one row at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from ...terminal_text import visible
from .cursor import OddText, Row, length_of

GAP = "  "
_SAMPLE_ROWS = 1000
_SAMPLE_CHARS = 4 << 20
"""Rows and characters that are read before the first line is written, to choose the column widths."""

_WIDEST = 80
"""Width that a column is padded to at most, so that one long cell does not widen every line."""

_NARROWEST = 6
_SHORT_BLOB = 16
"""BLOBs of up to so many bytes are shown in hexadecimal, larger ones by their size."""


@dataclass(frozen=True, slots=True)
class Column:
    """How the cells of one column are laid out: padded to `width` and cut to `limit` terminal columns."""

    width: int
    limit: int | None
    align_right: bool


def write_table(names: Sequence[str], rows: Iterator[Row], stream: TextIO, width: int | None) -> None:
    """Write a header, a rule and each row.

    The first rows decide the column widths. A longer cell further down moves the rest of its line to the right.

    Args:
        names: Names of the columns.
        rows: The rows; those after the first ones are read as they are written.
        stream: The output.
        width: Terminal columns that a line may take; longer cells are cut and marked. None leaves them whole.
    """
    sample = _sample(rows)
    header = [visible(name) for name in names]
    shown = [[_cell_text(cell) for cell in row] for row in sample]
    columns = _columns(header, shown, sample, width)
    mark = "…" if "utf" in (stream.encoding or "utf-8").lower() else "..."
    stream.write(_line(header, columns, mark))
    stream.write(_line(["-" * column.width for column in columns], columns, mark))
    stream.writelines(_line(cells, columns, mark) for cells in shown)
    stream.writelines(_line([_cell_text(cell) for cell in row], columns, mark) for row in rows)


def _sample(rows: Iterator[Row]) -> list[Row]:
    """Read the first rows, up to a number of rows and of characters."""
    sample: list[Row] = []
    chars = 0
    for row in rows:
        sample.append(row)
        chars += length_of(row)
        if len(sample) == _SAMPLE_ROWS or chars >= _SAMPLE_CHARS:
            break
    return sample


def _columns(
    header: Sequence[str], shown: Sequence[Sequence[str]], sample: Sequence[Row], width: int | None
) -> list[Column]:
    """Choose the layout of each column from the header and the first rows."""
    widths = [_display_width(name) for name in header]
    for cells in shown:
        widths = [max(wide, _display_width(cell)) for wide, cell in zip(widths, cells, strict=True)]
    right = [_is_numeric(cells) for cells in zip(*sample, strict=True)] or [False] * len(header)
    if width is None:
        return [Column(min(wide, _WIDEST), None, side) for wide, side in zip(widths, right, strict=True)]
    room = width - len(GAP) * (len(widths) - 1)
    fitting = _fit(widths, room)
    # Longer cells further down may use the room that the first rows leave.
    spare = room - sum(widths) if fitting == widths else 0
    return [Column(wide, wide + spare, side) for wide, side in zip(fitting, right, strict=True)]


def _fit(widths: Sequence[int], room: int) -> list[int]:
    """Return the widths, the widest ones reduced until all fit in `room`."""
    cap = max(widths)
    for position, wide in enumerate(sorted(widths)):
        share = max(_NARROWEST, room // (len(widths) - position))
        if wide > share:
            cap = share
            break
        room -= wide
    return [min(wide, cap) for wide in widths]


def _is_numeric(cells: Sequence[object]) -> bool:
    """Return whether the cells are numbers, apart from NULL."""
    return all(cell is None or isinstance(cell, (int, float)) for cell in cells) and any(
        cell is not None for cell in cells
    )


def _cell_text(cell: object) -> str:
    """Return what the table shows for a cell."""
    if cell is None:
        return "NULL"
    if isinstance(cell, OddText):
        return visible(cell.decode("utf-8", "backslashreplace"))
    if isinstance(cell, bytes):
        return f"x'{cell.hex()}'" if len(cell) <= _SHORT_BLOB else f"<{len(cell):,} bytes>"
    return visible(str(cell))


def _line(cells: Sequence[str], columns: Sequence[Column], mark: str) -> str:
    """Return one line of the table."""
    laid_out = [_lay_out(cell, column, mark) for cell, column in zip(cells, columns, strict=True)]
    return GAP.join(laid_out).rstrip() + "\n"


def _lay_out(cell: str, column: Column, mark: str) -> str:
    """Cut the cell to the column's limit, ending in `mark`, and pad it to the column's width."""
    wide = _display_width(cell)
    if column.limit is not None and wide > column.limit:
        cell = _cut(cell, column.limit - len(mark)) + mark
        wide = _display_width(cell)
    padding = " " * (column.width - wide)
    return padding + cell if column.align_right else cell + padding


def _display_width(text: str) -> int:
    """Return the number of columns that the text takes on a terminal."""
    if text.isascii():
        return len(text)
    import wcwidth

    return max(0, wcwidth.wcswidth(text))


def _cut(text: str, width: int) -> str:
    """Return the longest beginning of the text that takes at most `width` terminal columns."""
    if text.isascii():
        return text[:width]
    import wcwidth

    # More than 8 characters for each column are piled-up combining marks, which can be dropped.
    return wcwidth.clip(text[: width * 8], 0, width)
