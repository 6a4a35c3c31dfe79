"""Durations between two of the library's timestamps."""

from __future__ import annotations

from datetime import datetime

_parse = datetime.fromisoformat


def elapsed_ms(started_at: str, ended_at: str) -> float | None:
    """Return the milliseconds between two ISO 8601 times.

    None if one of them is not such a time, or if only one has a time zone.
    """
    try:
        elapsed = _parse(ended_at) - _parse(started_at)
    except (ValueError, TypeError):
        return None
    return round(elapsed.total_seconds() * 1000, 3)
