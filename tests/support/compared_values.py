"""Compare rows of SQLite with rows of DuckDB, which gives some values another form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any


def comparable(value: Any) -> str | None:
    """Return a value in the same form for both: JSON without its spelling, numbers without their type.

    DuckDB keeps the text after a NUL, which SQLite's JSON functions cut.
    """
    if value is None:
        return None
    if isinstance(value, (bool, int, float)):
        return f"{float(value):.6f}"
    try:
        parsed = json.loads(value)
    except ValueError:
        return str(value).partition("\0")[0]
    if isinstance(parsed, str):  # DuckDB gives texts at keys with quotes as JSON
        return parsed
    return comparable(parsed) if isinstance(parsed, (bool, int, float)) else json.dumps(parsed, sort_keys=True)


def sorted_rows(found: Iterable[Sequence[Any]]) -> list[list[str | None]]:
    """Return the rows in one order."""
    return sorted(([comparable(value) for value in row] for row in found), key=str)
