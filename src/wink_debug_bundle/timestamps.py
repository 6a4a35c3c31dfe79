"""Times between the library's timestamps."""

from __future__ import annotations

from datetime import datetime

_parse = datetime.fromisoformat


def elapsed_ms(begin: str, end: str) -> float | None:
    """Milliseconds between two ISO 8601 times; None where one of them is none, or only one has a zone."""
    try:
        elapsed = _parse(end) - _parse(begin)
    except (ValueError, TypeError):
        return None
    return round(elapsed.total_seconds() * 1000, 3)
