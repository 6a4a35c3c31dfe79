"""Write rows in a limited number of characters: long values are cut and marked with the handle of the whole value.

All cells are cut to one length, the largest with which every row fits. If the rows do not fit even with cells of
`SHORTEST_CELL` characters, the last rows are left out. A note says what was cut and left out: the last object of
`json` and `jsonl`, the last line of a table. CSV and TSV have no place for a note, so it is returned beside the text.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import BundleQueryError
from .formats import Options, lay_out
from .truncation import SHORTEST_CELL, KeptRows, LongValue, keep_rows


@dataclass(frozen=True, slots=True)
class Fitted:
    """The text, the note if the text has no place for it, and the error if the query failed early."""

    text: str
    note: str | None
    error: BundleQueryError | None


@dataclass(frozen=True, slots=True)
class _Trial:
    """Some of the rows as text, with their long values cut to one length."""

    text: str
    rows: int
    handles: tuple[str, ...] = ()
    """The handles of the values that are cut."""
    header: bool = True

    @property
    def cut(self) -> int:
        """Return how many values are cut."""
        return len(self.handles)


@dataclass(frozen=True, slots=True)
class Advice:
    """What the note advises, in no more than 120 characters each."""

    cut: Callable[[Sequence[str]], str] = lambda _: ""
    """Returns how to read cut values, given their handles."""
    rows: str = ""
    """How to get the rows that are left out."""


_NO_ADVICE = Advice()


def fit_rows(
    cursor: sqlite3.Cursor, format_name: str, budget: int, *, advice: Advice = _NO_ADVICE, csv_safe: bool = False
) -> Fitted:
    """Return the rows of a query as text of at most `budget` characters, line ends and note included.

    Args:
        cursor: The cursor of an executed query.
        format_name: One of `formats.FORMATS`.
        budget: Characters, at least `formats.SMALLEST_BUDGET`.
        advice: What the note advises.
        csv_safe: As in `formats.write_rows`.
    """
    return fit_kept(keep_rows(cursor, budget), format_name, budget, advice=advice, csv_safe=csv_safe)


def fit_kept(
    kept: KeptRows, format_name: str, budget: int, *, advice: Advice = _NO_ADVICE, csv_safe: bool = False
) -> Fitted:
    """Return kept rows as text, as `fit_rows` does it."""
    return _Fitter(kept, budget, format_name, advice, csv_safe).fit()


@dataclass(frozen=True, slots=True)
class _Fitter:
    """Lays the kept rows out so that they fit in the budget and as little as possible is cut and left out."""

    kept: KeptRows
    budget: int
    format_name: str
    advice: Advice
    csv_safe: bool

    def fit(self) -> Fitted:
        """Return the best text, with its note."""
        return Fitted(*self._with_note(self._best()), self.kept.error)

    def _best(self) -> _Trial:
        """Return, of the trials that fit, one with the most rows, and of those one with the longest cells."""
        count = len(self.kept.rows)
        if self._fits(whole := self._lay_out(count, self.kept.limit)):
            return whole
        if self._fits(short := self._lay_out(count, SHORTEST_CELL)):
            return self._longest_cells() or short
        for limit in (SHORTEST_CELL, 0):
            some = self._most_rows(limit)
            if some is not None and some.rows:
                return some
        empty = self._lay_out(0, 0)
        return empty if self._fits(empty) else _Trial("", 0, header=False)

    def _longest_cells(self) -> _Trial | None:
        """Return the trial that fits with all rows and about the longest cells."""
        count = len(self.kept.rows)
        return self._largest(lambda limit: self._lay_out(count, limit), SHORTEST_CELL, self.kept.limit)

    def _most_rows(self, limit: int) -> _Trial | None:
        """Return the trial that fits with cells of `limit` characters and about the most rows."""
        return self._largest(lambda count: self._lay_out(count, limit), 0, len(self.kept.rows))

    def _largest(self, trial_of: Callable[[int], _Trial], low: int, high: int) -> _Trial | None:
        """Bisect for the trial that fits with about the largest number between `low` and `high`; None if none fits."""
        best = None
        while high - low > 1 + low // 64:
            middle = (low + high) // 2
            trial = trial_of(middle)
            if self._fits(trial):
                best, low = trial, middle
            else:
                high = middle
        return best

    def _fits(self, trial: _Trial) -> bool:
        """Return whether the text, with its note, fits in the budget."""
        return len(self._with_note(trial)[0]) <= self.budget

    def _lay_out(self, count: int, limit: int) -> _Trial:
        """Lay out the first `count` rows with `limit` characters of each long value."""
        rows = self.kept.rows[:count]
        values = (cell for cells in rows for cell in cells if isinstance(cell, LongValue))
        cut = tuple(value.handle for value in values if not value.fits(limit))
        show = _as_object if self.format_name in ("json", "jsonl") else _as_text
        shown = ([show(cell, limit) if isinstance(cell, LongValue) else cell for cell in cells] for cells in rows)
        stream = io.StringIO(newline="")
        lay_out(self.kept.names, iter(shown), stream, self.format_name, Options(csv_safe=self.csv_safe))
        return _Trial(stream.getvalue(), count, cut)

    def _with_note(self, trial: _Trial) -> tuple[str, str | None]:
        """Return the text, and the note about what it leaves out, if any and if the text has no place for it."""
        kept = self.kept
        leaves_rows_out = trial.rows < len(kept.rows) or not (kept.counted or kept.error) or not trial.header
        if not leaves_rows_out and not trial.cut:
            return trial.text, None
        total: int | str = kept.total if kept.counted else f"more than {max(kept.total, len(kept.rows)):,}"
        advice = " ".join(
            filter(
                None, [self.advice.cut(trial.handles) if trial.cut else "", self.advice.rows if leaves_rows_out else ""]
            )
        )
        if self.format_name in ("json", "jsonl"):
            left_out = {"rows_shown": trial.rows, "rows": total, "values_cut": trial.cut, "advice": advice}
            note = json.dumps({"$left_out": left_out}, ensure_ascii=False)
            return _with_last_object(trial, note, self.format_name), None
        values = f"{trial.cut:,} value{'' if trial.cut == 1 else 's'}"
        note = f"({trial.rows:,} of {total} rows; {values} cut. {advice})"
        return (f"{trial.text}{note}\n", None) if self.format_name == "table" else (trial.text, note)


def _with_last_object(trial: _Trial, note: str, format_name: str) -> str:
    """Return the text of `json` or `jsonl` with the note as its last object."""
    if format_name == "jsonl":
        return f"{trial.text}{note}\n"
    objects = trial.text.removesuffix("]\n").rstrip()
    return f"{objects}{',' if trial.rows else ''}\n  {note}\n]\n"


def _as_text(value: LongValue, limit: int) -> str:
    """Return the value as text, a cut one with its size and handle."""
    if value.fits(limit):
        return value.head
    mark = f"[{value.size:,} {value.unit}: {value.handle}]"
    return f"{value.head[:limit]}… {mark}" if value.head else mark


def _as_object(value: LongValue, limit: int) -> object:
    """Return the value for JSON, a cut one as an object with its size and handle."""
    if value.fits(limit):
        return value.head
    return {"$cut": value.head[:limit], value.unit: value.size, "cell": value.handle}
