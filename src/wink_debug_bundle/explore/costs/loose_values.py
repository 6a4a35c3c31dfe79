"""Take values from columns that may hold anything: SQLite lets any column of a stranger's bundle hold bytes or text."""

from __future__ import annotations


def text_or_none(value: object) -> str | None:
    """Return the value as text, with escapes for bytes that no text has; None for NULL."""
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def text_of(value: object) -> str:
    """Return the value as text; '' for NULL."""
    return text_or_none(value) or ""


def integer_or_none(value: object) -> int | None:
    """Return the value if it is an integer, else None."""
    return value if isinstance(value, int) else None


def integer_of(value: object) -> int:
    """Return the value as an integer; 0 if it is no number."""
    return int(value) if isinstance(value, (int, float)) and abs(value) < float("inf") else 0


def number_of(value: object) -> float:
    """Return the value if it is a number, else 0."""
    return value if isinstance(value, (int, float)) else 0


def number_or_none(value: object) -> float | None:
    """Return the value if it is a finite number, else None."""
    return value if isinstance(value, (int, float)) and abs(value) < float("inf") else None
