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

    def label(self, target: Target, value: object) -> str | None:
        """Return the label of what the value names, which may be empty; None if there is no such row."""
        return self._labels.get(target, {}).get(str(value))


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
        key, table_name = columns.index(link.key_column), link.table_column
        table_position = columns.index(table_name) if table_name else key
        for row in rows:
            if (target := link.target_in(row[table_position])) and _is_key(row[key]):
                values.setdefault(target, set()).add(row[key])
    labels = {target: await _labels(target, keys, query) for target, keys in values.items()}
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
