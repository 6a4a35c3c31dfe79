"""Rows as Datasette expects them: tuples whose values also have names."""

from __future__ import annotations

from typing import Any, ClassVar

from .datasette_release import Results
from .sql_processes.messages import Answer


class BundleRow(tuple[Any, ...]):
    """A row, like `sqlite3.Row`; a subclass for each result knows the names of its columns."""

    __slots__ = ()

    positions: ClassVar[dict[str, int]] = {}
    columns: ClassVar[tuple[str, ...]] = ()

    def __getitem__(self, key: Any) -> Any:
        """Return a value by its position or its name, which is found in any case.

        Raises:
            IndexError: there is no such column.
        """
        if isinstance(key, str):
            position = self.positions.get(key, self.positions.get(key.lower()))
            if position is None:
                raise IndexError("No item with that key")
            return super().__getitem__(position)
        return super().__getitem__(key)

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self.columns)


def results(answer: Answer) -> Any:
    """Return an answer's rows as Datasette's results."""
    columns = tuple(answer.columns)
    positions: dict[str, int] = {}
    for position, name in enumerate(columns):
        positions.setdefault(name, position)
        positions.setdefault(name.lower(), position)
    row_class = type("Row", (BundleRow,), {"__slots__": (), "positions": positions, "columns": columns})
    return Results([row_class(row) for row in answer.rows], answer.has_more, [(name,) for name in columns])
