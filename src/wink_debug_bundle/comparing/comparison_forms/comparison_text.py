"""Write the document about a comparison as plain text of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...explore.row_output.display_text import cut, display_width
from ...explore.story.line_wrapping import wrapped
from ...terminal_text import visible
from ..comparison_data import Comparison
from .document import blocks_of, side_words
from .document_blocks import Block

WIDTH = 79
_INDENT = "  "
_LONGEST_CELL = 28
"""Columns of a cell that is not the text at the end of its row."""


def text_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the lines of the document, none longer than a usual terminal is wide."""
    blocks = blocks_of(comparison)
    yield from block_lines(next(blocks))
    for name, side in (("base", comparison.base), ("new", comparison.new)):
        yield from wrapped(f"{name}: {side_words(side)}", WIDTH, _INDENT)
    for block in blocks:
        yield from block_lines(block)


def block_lines(block: Block) -> Iterator[str]:
    """Yield the heading, the sentences, the table and the code of a block."""
    yield cut(visible(block.title), WIDTH, "…")
    for line in block.lines:
        yield from wrapped(line, WIDTH, _INDENT)
    if block.rows:
        yield from _table(block)
    for line in block.code:
        yield cut(f"{_INDENT}{_INDENT}{visible(line)}", WIDTH, "…")


def _table(block: Block) -> Iterator[str]:
    """Yield a table: names to the left, numbers to the right; a long text at the end of a row goes on below it."""
    rows = [block.columns, *block.rows]
    numbers = len(block.columns) - block.has_text
    cells = [[cut(visible(cell), _LONGEST_CELL, "…") for cell in row[:numbers]] for row in rows]
    widths = [max(display_width(row[column]) for row in cells) for column in range(numbers)]
    for row, shown in zip(rows, cells, strict=True):
        line = _INDENT + "  ".join(_aligned(shown, widths))
        if block.has_text:
            yield from _with_text(line, row[-1])
        else:
            yield cut(line.rstrip(), WIDTH, "…")


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        blanks = " " * (width - display_width(cell))
        yield f"{cell}{blanks}" if column == 0 else f"{blanks}{cell}"


def _with_text(line: str, text: str) -> Iterator[str]:
    """Yield a row with its text behind it, or below it where there is little room; at most three lines of it."""
    indent = " " * (display_width(line) + 2)
    parts = wrapped(text.replace("\n", " "), WIDTH, indent if len(indent) < WIDTH // 2 + 8 else f"{_INDENT * 2}")
    if len(parts) > 3:
        parts = [*parts[:2], cut(f"{parts[2]} …", WIDTH, "…")]
    if len(indent) < WIDTH // 2 + 8 and parts:
        yield f"{line}  {parts[0].lstrip()}".rstrip()
        yield from parts[1:]
    else:
        yield line.rstrip()
        yield from parts
