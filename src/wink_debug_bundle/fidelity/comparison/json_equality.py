"""Compare two JSON lines by value."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def same_record(one: bytes, other: bytes) -> bool:
    """Return whether two lines are JSON of equal value, whatever their order of keys, their spaces and escapes.

    Numbers are compared exactly, not after rounding to a double.
    """
    if one == other:
        return True
    try:
        return _same(_read(one), _read(other))
    except (ValueError, RecursionError):
        return False


def _read(line: bytes) -> Any:
    """Parse a line without losing digits of its numbers or bytes that are not UTF-8."""
    text = line.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return json.loads(text, parse_float=Decimal)


def _same(one: Any, other: Any) -> bool:
    """Return whether two values are equal, where true, 1 and 1.0 differ and NaN equals itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 NaN alone differs from itself
