"""Write rows as an aligned table for people, one row at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TextIO

from ...terminal_text import visible
from .cursor import Row, length_of
from .display_text import cell_text, wrap
from .screen import RowLimits, Screen
from .short_values import ShortValues, short_values
from .table_layout import Layout, content_of, fitting_layout, whole_layout
from .table_lines import TableLines
from .truncation import count_rows

_SAMPLE_ROWS = 1000
_SAMPLE_CHARS = 4 << 20
"""Rows and characters that are read before the first line is written, to choose the column widths."""

_WIDEST = 80
"""Width that a column is padded to at most, so that one long cell does not widen every line."""


def write_table(names: Sequence[str], rows: Iterator[Row], stream: TextIO, screen: Screen) -> None:
    """Write a header, a rule and each row, and a note about what is not shown as it is.

    The first rows decide the layout. A longer cell further down moves the rest of its line to the right.

    Args:
        names: Names of the columns.
        rows: The rows; those after the first ones are read as they are written.
        stream: The output.
        screen: How wide and long the table may be.
    """
    sample, is_complete = _sample(rows, screen.limits.in_lines if screen.limits else _SAMPLE_ROWS)
    mark = "…" if "utf" in (stream.encoding or "utf-8").lower() else "..."
    table, notes = _fitted(names, sample, screen, mark, is_complete=is_complete or screen.limits is not None)
    stream.writelines(table.heading())
    if not sample and screen.is_terminal:
        stream.write("(no rows)\n")
    shown = min(len(sample), _most_rows(table.layout, screen.limits))
    for number, row in enumerate(sample[:shown], 1):
        stream.writelines(table.lines(row, number))
    if screen.limits is None:
        for number, row in enumerate(rows, shown + 1):
            stream.writelines(table.lines(row, number))
    elif shown < len(sample) or not is_complete:
        stream.flush()  # counting the other rows may take long
        notes = [*_left_out(shown, len(sample), rows), *notes]
    for note in notes:
        stream.writelines(f"{line}\n" for line in wrap(note, screen.width or len(note), len(note), mark))


def _sample(rows: Iterator[Row], most: int) -> tuple[list[Row], bool]:
    """Read the first rows, up to a number of rows and of characters; return them, and whether these are all."""
    sample: list[Row] = []
    chars = 0
    for row in islice(rows, most):
        sample.append(row)
        chars += length_of(row)
        if chars >= _SAMPLE_CHARS:
            return sample, False
    return sample, len(sample) < most


def _most_rows(layout: Layout, limits: RowLimits | None) -> int:
    """Return how many rows of a layout are shown at most."""
    if limits is None:
        return sys.maxsize
    if layout.is_record:
        return limits.as_records
    return limits.with_values_below if layout.has_values_below else limits.in_lines


def _left_out(shown: int, read: int, rows: Iterator[Row]) -> Iterator[str]:
    """Yield the note that says how many rows are not shown, and how to get them, if there are any."""
    rest, is_counted = count_rows(rows)
    total = read + rest
    if total > shown:
        yield f"({shown:,} of {'' if is_counted else 'more than '}{total:,} rows; all of them: --all)"


def _fitted(
    names: Sequence[str], sample: Sequence[Row], screen: Screen, mark: str, *, is_complete: bool
) -> tuple[TableLines, list[str]]:
    """Return the table in the first layout that fits, and the notes about what is not shown as it is.

    Only rows that are all the rows that are shown can say that a column is NULL everywhere, or that two ids differ.
    """
    header = [visible(name) for name in names]
    width = screen.width or 0
    cells = list(zip(*sample, strict=True)) or [()] * len(header)
    shown = [[cell_text(cell) for cell in column] for column in cells]
    contents = [content_of(*each) for each in zip(range(len(header)), header, cells, shown, strict=True)]
    whole = whole_layout(contents, screen.width, _WIDEST)
    if whole is not None:
        return TableLines(header, whole, width, mark, {}), []
    absent = _absent(cells) if is_complete else []
    short = short_values(sample, mark) if is_complete and screen.is_terminal else ShortValues({}, ())
    for position, shorten in short.columns.items():
        texts = [shorten(text) for text in shown[position]]
        contents[position] = content_of(position, header[position], cells[position], texts)
    kept = [content for content in contents if content.position not in absent]
    layout = whole_layout(kept, screen.width, _WIDEST) or fitting_layout(kept, width)
    if layout.is_record:  # there is room for whole values
        short = ShortValues({}, ())
    remarks = [*short.notes, *_remarks_on_null(header, absent, layout, sample)]
    return TableLines(header, layout, width, mark, short.columns), _note(remarks)


def _absent(columns: Sequence[Sequence[object]]) -> list[int]:
    """Return the positions of the columns that are NULL in all rows; none if all are."""
    found = [position for position, cells in enumerate(columns) if cells and all(cell is None for cell in cells)]
    return found if len(found) < len(columns) else []


def _remarks_on_null(
    header: Sequence[str], absent: Sequence[int], layout: Layout, sample: Sequence[Row]
) -> Iterator[str]:
    """Yield which NULL values are not shown."""
    if absent:
        yield f"NULL in all rows: {', '.join(header[position] for position in absent)}"
    below = (*layout.packed, *layout.below)
    if not layout.is_record and any(row[position] is None for row in sample for position in below):
        yield "NULL below a row is left out"


def _note(remarks: Sequence[str]) -> list[str]:
    """Return the remarks as one note, which says how to see the values whole; none if there are no remarks."""
    text = "; ".join(remarks)
    return [f"({text[:1].upper()}{text[1:]}. Whole: --no-truncate)"] if text else []
