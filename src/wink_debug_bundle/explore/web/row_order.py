"""Put the rows of a page in an order that is right across time zones, and that no page loses a row by.

Datasette compares times as text. It also orders the first page by the chosen column alone, and the next one by that
column and the key; where rows of one value stand on both sides of a page's end, some would be shown twice or never.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .datasette_release import order_of_page

_TIME_NAME = re.compile(r'[\["]?(timestamp|\w+_at|\w+_seen)[\]"]?', re.IGNORECASE)
_LIMIT = re.compile(r"\s+limit \d+(?: offset \d+)?\s*\Z")
_UTC = "coalesce((SELECT times.utc FROM times WHERE times.time = {0}), {0})"


def in_order(sql: str, keys: Sequence[str], *, has_odd_times: bool) -> str:
    """Return the statement of a table's page with an order that is complete, and in which times are times.

    Args:
        sql: The statement, as Datasette makes it.
        keys: The quoted columns that decide between rows of one value; none for a view, whose pages are counted off.
        has_odd_times: Whether the bundle has times that do not sort as text.
    """
    found = order_of_page(sql)
    if not found:
        return sql
    head, column, direction = sql[: found.start()], found["column"], found["direction"]
    ties = found["ties"] or ("" if column in keys else "".join(f", {key}" for key in keys))
    ordered = column
    if has_odd_times and _TIME_NAME.fullmatch(column):
        ordered = _UTC.format(column)
        head = _after_time(head, column)
    return f"{head}order by {ordered}{direction}{ties}{found['end']}"


def without_limit(sql: str) -> str:
    """Return the statement of a table's page without its limit: that of all rows."""
    return _LIMIT.sub("", sql)


def _after_time(head: str, column: str) -> str:
    """Return the beginning of a statement, whose condition on where the page begins compares times."""
    name = re.escape(column)
    begins = rf"\({name} [<>] (:p\d+)(?: or {name} is null)? or \({name} = \1 and "
    found = list(re.finditer(begins, head))
    if not found:
        return head
    last = found[-1]
    parameter, condition = last[1], head[last.start() :]
    for operator in "<>=":
        comparison = f"({column} {operator} {parameter}"
        condition = condition.replace(comparison, f"({_UTC.format(column)} {operator} {_UTC.format(parameter)}")
    return head[: last.start()] + condition
