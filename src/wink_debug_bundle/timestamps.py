"""The order of times, and durations between them, whatever their offsets and the digits of their fractions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

Number = TypeVar("Number", int, float)

_parse = datetime.fromisoformat
_MILLISECOND = timedelta(milliseconds=1)

_LIBRARY_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00", re.ASCII)
"""How the library writes times: in UTC, with six digits of a fraction or without one. As text they sort by time."""

_USUAL_LENGTH = 32
# The branch (?!) is for Python 3.11.2: without it, a group that fails is left at a wrong place.
_USUAL_TIMES = re.compile(r"(?:.{10}T.{15}\+00:00\n|(?!))*+")


def utc(time: str | None) -> str | None:
    """Return an ISO 8601 time as the library writes times, so that results compare like times.

    A time without an offset counts as UTC. None if it is not such a time.
    """
    if not isinstance(time, str) or _LIBRARY_FORM.fullmatch(time):
        return time if isinstance(time, str) else None
    try:
        moment = _parse(time)
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)).isoformat()
    except (ValueError, OverflowError):
        return None


def does_not_sort(time: str) -> bool:
    """Return whether a time may sort wrongly as text among the library's times; quick, so most times need no more."""
    return len(time) != _USUAL_LENGTH or time[-6:] != "+00:00" or time[10] != "T"


def all_sort(times: Sequence[str]) -> bool:
    """Return whether `does_not_sort` holds for none of the times; quicker than asking for each."""
    text = "\n".join((*times, ""))
    return len(text) == len(times) * (_USUAL_LENGTH + 1) and _USUAL_TIMES.fullmatch(text) is not None


def sort_key(time: str) -> str:
    """Return a text that sorts by time; the text itself if it is no ISO 8601 time."""
    return (utc(time) or time) if does_not_sort(time) else time


def not_negative(duration: Number | None) -> Number | None:
    """Return a duration; None for a negative one, which cannot be true: a clock was set back."""
    return None if duration is None or duration < 0 else duration


def elapsed_ms(started_at: str, ended_at: str) -> float | None:
    """Return the milliseconds between two ISO 8601 times; they are negative if the clock was set back in between.

    None if one of them is not such a time, or if only one has a time zone.
    """
    try:
        return (_parse(ended_at) - _parse(started_at)) / _MILLISECOND
    except (ValueError, TypeError):
        return None
