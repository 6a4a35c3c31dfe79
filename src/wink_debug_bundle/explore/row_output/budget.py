"""Rows in no more than so many characters: long values are cut, each with the handle that reads it whole.

All cells are cut to one length, the largest with which every row fits. If not even cells of `SHORT` characters let
every row fit, the last rows are left out. Whatever is cut or left out is told in a note: the last object of `json`
and `jsonl`, the last lines of a table; CSV and TSV have no place for one, so it is returned.
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
from .truncation import SHORT, Kept, Long, keep_rows


@dataclass(frozen=True, slots=True)
class Fitted:
    """The text, and the note if it has no place in there."""

    text: str
    note: str | None
    error: BundleQueryError | None


@dataclass(frozen=True, slots=True)
class _Trial:
    """The rows laid out with one share for each cell."""

    text: str
    rows: int
    cut: int
    header: bool = True


class Attempt(Protocol):
    """Lays out so many rows with so many characters of each cell."""

    def __call__(self, count: int, share: int) -> _Trial: ...


@dataclass(frozen=True, slots=True)
class Advice:
    """What the note says one can do, in no more than 120 characters each."""

    cut: str = ""
    """About values that are cut."""
    rows: str = ""
    """About rows that are left out."""


_NO_ADVICE = Advice()


def fit_rows(
    cursor: sqlite3.Cursor, format_name: str, budget: int, *, advice: Advice = _NO_ADVICE, csv_safe: bool = False
) -> Fitted:
    """Lay the rows of a query out in no more than `budget` characters, line ends and note included.

    Args:
        cursor: A query that has been run.
        format_name: One of `formats.FORMATS`.
        budget: Characters, at least `formats.SMALLEST_BUDGET`.
        advice: What the note says.
        csv_safe: As in `formats.write_rows`.
    """
    kept = keep_rows(cursor, budget)

    def attempt(count: int, share: int) -> _Trial:
        return _lay_out(kept, count, share, format_name, csv_safe=csv_safe)

    def text(trial: _Trial) -> tuple[str, str | None]:
        return _with_note(trial, kept, format_name, advice)

    def fits(trial: _Trial) -> bool:
        return len(text(trial)[0]) <= budget

    trial = _best(attempt, fits, len(kept.rows), kept.share)
    return Fitted(*text(trial), kept.error)


def _best(attempt: Attempt, fits: Callable[[_Trial], bool], count: int, share: int) -> _Trial:
    """Of the trials that fit, the one with the most rows, and of those the one with the longest cells."""
    if fits(whole := attempt(count, share)):
        return whole
    if fits(short := attempt(count, SHORT)):
        return _longest(lambda length: attempt(count, length), fits, SHORT, share) or short
    for length in (SHORT, 0):
        found = _longest(partial(attempt, share=length), fits, 0, count)
        if found is not None and found.rows:
            return found
    empty = attempt(0, 0)
    return empty if fits(empty) else _Trial("", 0, 0, header=False)


def _longest(attempt: Callable[[int], _Trial], fits: Callable[[_Trial], bool], low: int, high: int) -> _Trial | None:
    """Bisect: the trial with about the largest number between `low` and `high` that fits."""
    best = None
    while high - low > 1 + low // 64:
        middle = (low + high) // 2
        trial = attempt(middle)
        if fits(trial):
            best, low = trial, middle
        else:
            high = middle
    return best


def _lay_out(kept: Kept, count: int, share: int, format_name: str, *, csv_safe: bool) -> _Trial:
    rows = kept.rows[:count]
    cut = sum(isinstance(cell, Long) and not cell.fits(share) for cells in rows for cell in cells)
    show = _as_object if format_name in ("json", "jsonl") else _as_text
    shown = ([show(cell, share) if isinstance(cell, Long) else cell for cell in cells] for cells in rows)
    stream = io.StringIO(newline="")
    lay_out(kept.names, iter(shown), stream, format_name, Options(csv_safe=csv_safe))
    return _Trial(stream.getvalue(), count, cut)


def _as_text(value: Long, share: int) -> str:
    if value.fits(share):
        return value.head
    mark = f"[{value.size:,} {value.unit}: {value.handle}]"
    return f"{value.head[:share]}… {mark}" if value.head else mark


def _as_object(value: Long, share: int) -> object:
    if value.fits(share):
        return value.head
    return {"$cut": value.head[:share], value.unit: value.size, "cell": value.handle}


def _with_note(trial: _Trial, kept: Kept, format_name: str, advice: Advice) -> tuple[str, str | None]:
    """The text with what it leaves out, if it does and if the format has a place for that; else the note, too."""
    few = trial.rows < len(kept.rows) or not (kept.counted or kept.error) or not trial.header
    if not few and not trial.cut:
        return trial.text, None
    advices = [advice.cut if trial.cut else "", advice.rows if few else ""]
    rows: int | str = kept.total if kept.counted else f"more than {max(kept.total, len(kept.rows)):,}"
    what = {"rows_shown": trial.rows, "rows": rows, "values_cut": trial.cut, "advice": " ".join(filter(None, advices))}
    told = json.dumps({"$left_out": what}, ensure_ascii=False)
    if format_name == "json":
        objects = trial.text.removesuffix("]\n").rstrip()
        return f"{objects}{',' if trial.rows else ''}\n  {told}\n]\n", None
    if format_name == "jsonl":
        return f"{trial.text}{told}\n", None
    note = f"({trial.rows:,} of {rows} rows; {trial.cut:,} value{'' if trial.cut == 1 else 's'} cut. {what['advice']})"
    return (f"{trial.text}{note}\n", None) if format_name == "table" else (trial.text, note)
