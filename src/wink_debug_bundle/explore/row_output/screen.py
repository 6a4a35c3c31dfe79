"""Say how wide and how long a table may be, and whether a person looks at it on a terminal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowLimits:
    """How many rows are shown at most, by the lines that a row takes."""

    in_lines: int = 50
    """Rows of one line each."""
    with_values_below: int = 20
    """Rows with values below them."""
    as_records: int = 10
    """Rows whose values all stand below each other."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How a table is fitted; by default nothing is cut or left out, as for a file or a pipe."""

    width: int | None = None
    """Terminal columns that a line may take; longer cells are cut and marked. None leaves them whole."""
    is_terminal: bool = False
    """Whether a person looks at it: that there are no rows is said, and times and ids may be shortened to fit."""
    limits: RowLimits | None = None
    """How many rows are shown; None shows all."""


WHOLE = Screen()
