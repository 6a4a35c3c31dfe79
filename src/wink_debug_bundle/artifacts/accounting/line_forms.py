"""Record in which form the lines of a block are written, and keep those that are in none."""

from __future__ import annotations

from collections.abc import Iterator

from ...column_values import LineStyle
from ...rows import LineFormRow
from ..json_forms import LIBRARY, LineForm

OWN_FORM = "spaces, escapes or numbers in a form of its own"
"""Reason for keeping the text of a line that is in no known form."""


class LineForms:
    """The forms of the lines of one block, as ranges of neighbours; lines in the library's form are in no range.

    Lines that are not added are in the library's form, and without characters that need escapes.
    """

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int, LineForm]] = []
        self._may_grow = False

    def add(self, index: int, form: LineForm) -> None:
        """Add the form of the line `index`; lines are added in their order."""
        if self._may_grow:
            first, last, known = self._ranges[-1]
            if form.fits(known) and (index == last + 1 or _covers_others(known)):
                self._ranges[-1] = first, index, known
                return
        if form.fits(LIBRARY):
            self._may_grow = False
            return
        self._ranges.append((index, index, form._replace(is_ascii=1 if form.is_ascii is None else form.is_ascii)))
        self._may_grow = True

    def rows(self, artifact_id: int) -> Iterator[LineFormRow]:
        """Yield the row of each range."""
        for first, last, form in self._ranges:
            style, is_ascii, line_end, key_order = form
            yield LineFormRow(artifact_id, first + 1, last + 1, style, is_ascii or 0, line_end, key_order)


def _covers_others(form: LineForm) -> bool:
    """Return whether lines that were not added may be in a range of that form."""
    return form.style is LineStyle.LIBRARY and not form.line_end and form.key_order is None
