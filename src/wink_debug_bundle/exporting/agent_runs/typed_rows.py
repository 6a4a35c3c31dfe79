"""Give the values of rows the types that their classes name: in a hostile bundle, any column may hold anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, get_type_hints

_LARGEST = 2**53
"""Numbers beyond it are no counts, and not every program reads them from JSON."""


def typed_values(row_class: type, values: Sequence[Any]) -> list[Any]:
    """Return the values for the first fields of a row's class: what is not of a field's type becomes that, or None."""
    return [convert(value) for convert, value in zip(_converters(row_class), values, strict=False)]


@cache
def _converters(row_class: type) -> list[Callable[[Any], Any]]:
    return [_CONVERTERS.get(hint, _unchanged) for hint in get_type_hints(row_class).values()]


def _unchanged(value: object) -> object:
    return value


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and abs(value) < _LARGEST else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


_CONVERTERS: dict[Any, Callable[[Any], Any]] = {
    str: lambda value: _text(value) or "",
    str | None: _text,
    int: lambda value: value if isinstance(value, int) else 0,
    int | None: _integer,
    float | None: _number,
}
