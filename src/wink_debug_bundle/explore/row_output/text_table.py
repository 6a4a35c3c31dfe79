"""Lay rows out as a table for the eye, without waiting for the last of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from ...terminal_text import visible
from .cursor import OddText, Row, length_of

GAP = "  "
_SAMPLE_ROWS = 1000
_SAMPLE_CHARS = 4 << 20
"""Rows and characters that are looked at before the first line is written."""

_WIDEST = 80
"""Columns are padded no further, so that one long cell does not blow up every line."""

_NARROWEST = 6
_SHORT_BLOB = 16


@dataclass(frozen=True, slots=True)
class Column:
    """How the cells of one column are laid out: padded to `width`, cut beyond `limit`, numbers to the right."""

    width: int
    limit: int | None
    right: bool


def write_table(names: Sequence[str], rows: Iterator[Row], stream: TextIO, width: int | None) -> None:
    """Write a header, a rule and each row.

    The first rows decide how wide the columns are. A later, longer cell pushes the rest of its line to the right.

    Args:
        names: Of the columns.
        rows: Read as they are written, but for the first ones.
        stream: Where to.
        width: Columns that a line should not exceed; longer cells are cut, with a mark. None leaves them whole.
    """
    sample = _sample(rows)
    header = [visible(name) for name in names]
    shown = [[_show(cell) for cell in row] for row in sample]
    columns = _columns(header, shown, sample, width)
    mark = "…" if "utf" in (stream.encoding or "utf-8").lower() else "..."
    stream.write(_line(header, columns, mark))
    stream.write(_line(["-" * column.width for column in columns], columns, mark))
    stream.writelines(_line(cells, columns, mark) for cells in shown)
    stream.writelines(_line([_show(cell) for cell in row], columns, mark) for row in rows)


def _sample(rows: Iterator[Row]) -> list[Row]:
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
    widths = [_width(name) for name in header]
    for cells in shown:
        widths = [max(wide, _width(cell)) for wide, cell in zip(widths, cells, strict=True)]
    right = [_is_numeric(cells) for cells in zip(*sample, strict=True)] or [False] * len(header)
    if width is None:
        return [Column(min(wide, _WIDEST), None, side) for wide, side in zip(widths, right, strict=True)]
    room = width - len(GAP) * (len(widths) - 1)
    fitting = _fit(widths, room)
    # Where the sample leaves room, a later, longer cell may use it.
    spare = room - sum(widths) if fitting == widths else 0
    return [Column(wide, wide + spare, side) for wide, side in zip(fitting, right, strict=True)]


def _fit(widths: Sequence[int], room: int) -> list[int]:
    """The widths, the widest of them made narrower until all fit in `room`."""
    cap = max(widths)
    for position, wide in enumerate(sorted(widths)):
        share = max(_NARROWEST, room // (len(widths) - position))
        if wide > share:
            cap = share
            break
        room -= wide
    return [min(wide, cap) for wide in widths]


def _is_numeric(cells: Sequence[object]) -> bool:
    return all(cell is None or isinstance(cell, (int, float)) for cell in cells) and any(
        cell is not None for cell in cells
    )


def _show(cell: object) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, OddText):
        return visible(cell.decode("utf-8", "backslashreplace"))
    if isinstance(cell, bytes):
        return f"x'{cell.hex()}'" if len(cell) <= _SHORT_BLOB else f"<{len(cell):,} bytes>"
    return visible(str(cell))


def _line(cells: Sequence[str], columns: Sequence[Column], mark: str) -> str:
    laid_out = [_lay_out(cell, column, mark) for cell, column in zip(cells, columns, strict=True)]
    return GAP.join(laid_out).rstrip() + "\n"


def _lay_out(cell: str, column: Column, mark: str) -> str:
    wide = _width(cell)
    if column.limit is not None and wide > column.limit:
        cell = _cut(cell, column.limit - len(mark)) + mark
        wide = _width(cell)
    padding = " " * (column.width - wide)
    return padding + cell if column.right else cell + padding


def _width(text: str) -> int:
    """Columns that the text takes on a terminal."""
    if text.isascii():
        return len(text)
    import wcwidth

    return max(0, wcwidth.wcswidth(text))


def _cut(text: str, width: int) -> str:
    """The beginning of the text that takes no more columns than `width`."""
    if text.isascii():
        return text[:width]
    import wcwidth

    # More characters than this in so few columns are heaps of combining marks; none of them is missed.
    return wcwidth.clip(text[: width * 8], 0, width)
