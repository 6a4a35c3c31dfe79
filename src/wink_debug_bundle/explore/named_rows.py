"""Rows of a query that are tuples, and give their values by the names of their columns, too."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import Any


class NamedRow(tuple[Any, ...]):
    """A row: a tuple that also answers `row["tool_name"]`, `row.keys()` and `dict(row)`.

    As in `sqlite3.Row`, upper and lower case are the same, and of several columns of one name the first is meant.
    """

    __slots__ = ()

    names: tuple[str, ...] = ()
    """The names of the columns."""
    positions: dict[str, int] = {}  # noqa: RUF012 each query's class has its own
    """The position of each name, casefolded."""

    def __getitem__(self, key: Any) -> Any:
        """Return a value by its position or name, or the values of a slice.

        Raises:
            IndexError: the row has no such position.
            KeyError: the row has no such name.
        """
        if isinstance(key, str):
            position = self.positions.get(key.casefold())
            if position is None:
                raise KeyError(f"{key}: the columns are {', '.join(self.names)}")
            return tuple.__getitem__(self, position)
        return tuple.__getitem__(self, key)

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self.names)

    def __reduce__(self) -> tuple[type, tuple[tuple[Any, ...]]]:
        """Pickle the row as a tuple: other processes do not have the query's class."""
        return tuple, (tuple(self),)


def name_rows(cursor: sqlite3.Cursor) -> sqlite3.Cursor:
    """Let the executed cursor give its rows as `NamedRow`, and return it."""
    if cursor.description is not None:
        cursor.row_factory = _factory(tuple(column[0] for column in cursor.description))
    return cursor


@lru_cache(maxsize=64)
def _factory(names: tuple[str, ...]) -> Callable[[sqlite3.Cursor, tuple[Any, ...]], NamedRow]:
    """Return what makes rows with these names of tuples."""
    positions = {name.casefold(): position for position, name in reversed(list(enumerate(names)))}
    row_class: type[NamedRow] = type("NamedRow", (NamedRow,), {"__slots__": (), "names": names, "positions": positions})

    def named(_: sqlite3.Cursor, values: tuple[Any, ...]) -> NamedRow:
        return row_class(values)

    return named
