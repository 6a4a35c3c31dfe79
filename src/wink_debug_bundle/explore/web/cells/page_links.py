"""Look up what the ids of a page's rows lead to: one statement for each kind of target, and a link only to what exists."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from .cell_links import CellLink, ColumnLinks, Target

_LONGEST_KEY = 300
"""Characters of the longest key; a longer text is no id."""

Query = Callable[..., Awaitable[list[tuple[Any, ...]]]]


class PageLinks:
    """The links of one page.

    Attributes:
        columns: Where each column leads.
    """

    def __init__(self, columns: dict[str, CellLink], labels: dict[Target, dict[str, str]]) -> None:
        self.columns = columns
        self._labels = labels

    def label(self, link: CellLink, value: object) -> str | None:
        """Return the label of what the value names, which may be empty; None if there is no such row."""
        return self._labels.get(link.target, {}).get(str(value))


async def page_links(
    links: ColumnLinks, table: str | None, columns: Sequence[str], rows: Sequence[Sequence[Any]], query: Query
) -> PageLinks:
    """Return the links of a page's rows.

    Args:
        links: What columns lead to.
        table: The table or view; None for a query.
        columns: Names of the columns.
        rows: The rows.
        query: Runs a statement of our own.
    """
    found = links.of(table, columns)
    values: dict[Target, set[int | str]] = {}
    for link in found.values():
        position = columns.index(link.key_column)
        values.setdefault(link.target, set()).update(row[position] for row in rows if _is_key(row[position]))
    labels = {target: await _labels(target, keys, query) for target, keys in values.items() if keys}
    return PageLinks(found, labels)


def _is_key(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and 0 < len(value) <= _LONGEST_KEY)


async def _labels(target: Target, keys: set[int | str], query: Query) -> dict[str, str]:
    """Return the labels of the rows with these keys."""
    sql = (
        f"SELECT {target.key}, substr({target.label}, 1, 100) FROM {target.table} "
        f"WHERE {target.key} IN (SELECT value FROM json_each(?))"
    )
    rows = await query(sql, json.dumps(sorted(keys, key=str)))
    return {str(key): str(label or "") for key, label in rows}
