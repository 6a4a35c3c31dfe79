"""Write rows in a limited number of characters: long values are cut and marked with the handle of the whole value.

All cells are cut to one length, the largest with which every row fits. If the rows do not fit even with cells of
`SHORTEST_CELL` characters, the last rows are left out. A note says what was cut and left out: the last object of
`json` and `jsonl`, the last line of a table. CSV and TSV have no place for a note, so it is returned beside the text.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

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
    cut: int
    header: bool = True


class Attempt(Protocol):
    """Lays out `count` rows with `limit` characters of each cell."""

    def __call__(self, count: int, limit: int) -> _Trial: ...


@dataclass(frozen=True, slots=True)
class Advice:
    """What the note advises, in no more than 120 characters each."""

    cut: str = ""
    """How to read cut values."""
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
    kept = keep_rows(cursor, budget)

    def attempt(count: int, limit: int) -> _Trial:
        return _lay_out(kept, count, limit, format_name, csv_safe=csv_safe)

    def text(trial: _Trial) -> tuple[str, str | None]:
        return _with_note(trial, kept, format_name, advice)

    def fits(trial: _Trial) -> bool:
        return len(text(trial)[0]) <= budget

    trial = _best(attempt, fits, len(kept.rows), kept.limit)
    return Fitted(*text(trial), kept.error)


def _best(attempt: Attempt, fits: Callable[[_Trial], bool], count: int, limit: int) -> _Trial:
    """Return, of the trials that fit, one with the most rows, and of those one with the longest cells."""
    if fits(whole := attempt(count, limit)):
        return whole
    if fits(short := attempt(count, SHORTEST_CELL)):
        return _longest(lambda length: attempt(count, length), fits, SHORTEST_CELL, limit) or short
    for length in (SHORTEST_CELL, 0):
        found = _longest(partial(attempt, limit=length), fits, 0, count)
        if found is not None and found.rows:
            return found
    empty = attempt(0, 0)
    return empty if fits(empty) else _Trial("", 0, 0, header=False)


def _longest(attempt: Callable[[int], _Trial], fits: Callable[[_Trial], bool], low: int, high: int) -> _Trial | None:
    """Bisect for the trial that fits with about the largest number between `low` and `high`; None if none fits."""
    best = None
    while high - low > 1 + low // 64:
        middle = (low + high) // 2
        trial = attempt(middle)
        if fits(trial):
            best, low = trial, middle
        else:
            high = middle
    return best


def _lay_out(kept: KeptRows, count: int, limit: int, format_name: str, *, csv_safe: bool) -> _Trial:
    """Lay out the first `count` rows with `limit` characters of each long value."""
    rows = kept.rows[:count]
    cut = sum(isinstance(cell, LongValue) and not cell.fits(limit) for cells in rows for cell in cells)
    show = _as_object if format_name in ("json", "jsonl") else _as_text
    shown = ([show(cell, limit) if isinstance(cell, LongValue) else cell for cell in cells] for cells in rows)
    stream = io.StringIO(newline="")
    lay_out(kept.names, iter(shown), stream, format_name, Options(csv_safe=csv_safe))
    return _Trial(stream.getvalue(), count, cut)


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


def _with_note(trial: _Trial, kept: KeptRows, format_name: str, advice: Advice) -> tuple[str, str | None]:
    """Return the text, and the note about what it leaves out, if any and if the text has no place for it."""
    is_missing_rows = trial.rows < len(kept.rows) or not (kept.counted or kept.error) or not trial.header
    if not is_missing_rows and not trial.cut:
        return trial.text, None
    advices = [advice.cut if trial.cut else "", advice.rows if is_missing_rows else ""]
    rows: int | str = kept.total if kept.counted else f"more than {max(kept.total, len(kept.rows)):,}"
    advice_text = " ".join(filter(None, advices))
    left_out = {"rows_shown": trial.rows, "rows": rows, "values_cut": trial.cut, "advice": advice_text}
    note_object = json.dumps({"$left_out": left_out}, ensure_ascii=False)
    if format_name == "json":
        objects = trial.text.removesuffix("]\n").rstrip()
        return f"{objects}{',' if trial.rows else ''}\n  {note_object}\n]\n", None
    if format_name == "jsonl":
        return f"{trial.text}{note_object}\n", None
    note = f"({trial.rows:,} of {rows} rows; {trial.cut:,} value{'' if trial.cut == 1 else 's'} cut. {advice_text})"
    return (f"{trial.text}{note}\n", None) if format_name == "table" else (trial.text, note)
