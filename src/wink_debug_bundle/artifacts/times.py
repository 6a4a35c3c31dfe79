"""Times between the library's timestamps."""

from __future__ import annotations

from datetime import datetime


def elapsed_ms(begin: str, end: str) -> float | None:
    """Milliseconds between two ISO 8601 times; None where one of them is none, or only one has a zone."""
    try:
        elapsed = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    except (ValueError, TypeError):
        return None
    return round(elapsed.total_seconds() * 1000, 3)
