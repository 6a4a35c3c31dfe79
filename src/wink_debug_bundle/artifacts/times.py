"""Times between the library's timestamps."""

from __future__ import annotations

from datetime import datetime

_parse = datetime.fromisoformat


def elapsed_ms(begin: str | bytes, end: str | bytes) -> float | None:
    """Milliseconds between two ISO 8601 times; None where one of them is none, or only one has a zone."""
    try:
        elapsed = _parse(end if isinstance(end, str) else end.decode()) - _parse(
            begin if isinstance(begin, str) else begin.decode()
        )
    except (ValueError, TypeError):
        return None
    return round(elapsed.total_seconds() * 1000, 3)
