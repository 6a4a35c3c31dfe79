"""Whether two lines say the same."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def same_record(one: bytes, other: bytes) -> bool:
    """Whether two lines are JSON of equal value, whatever the order of their keys, their spaces and their escapes.

    Numbers are compared digit by digit, not as what a double can hold.
    """
    if one == other:
        return True
    try:
        return _same(_read(one), _read(other))
    except (ValueError, RecursionError):
        return False


def _read(line: bytes) -> Any:
    text = line.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return json.loads(text, parse_float=Decimal)


def _same(one: Any, other: Any) -> bool:
    """Equality that tells true from 1 and 1 from 1.0, and finds NaN equal to itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 NaN alone differs from itself
