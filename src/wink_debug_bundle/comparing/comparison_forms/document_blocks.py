"""The blocks of a document about a comparison, before it is written as text or Markdown, and numbers in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..plain_numbers import number

MOST_ROWS = 10
"""Rows of a table that are shown; JSON has all."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the document.

    Attributes:
        title: Its heading.
        lines: Sentences, before the table.
        columns: Names of the table's columns; without any, there is no table.
        rows: Its rows; the last column is text that may be long if `has_text` is set, all others but the first numbers.
        has_text: Whether the last column is text.
        code: Lines to be shown as they are.
    """

    title: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    has_text: bool = False
    code: tuple[str, ...] = ()


def more_rows(rows: Sequence[object]) -> Iterator[str]:
    """Yield a sentence if there are more rows than are shown."""
    if len(rows) > MOST_ROWS:
        yield f"The first {MOST_ROWS} of {len(rows):,}."


def signed(value: float) -> str:
    """Return a difference with its sign."""
    return f"+{number(value)}" if value > 0 else number(value)
