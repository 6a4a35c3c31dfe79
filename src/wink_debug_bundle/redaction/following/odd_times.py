"""Drop other text where a time should be: columns of times are kept as they are, so that nothing else may be there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import apsw

from ...database.quoting import quoted
from ..column_registry import RegisteredTable

RULE = "no-time"
TIME_COLUMNS = (
    ("sessions", "created_at"),
    ("snapshots", "created_at"),
    ("logs", "timestamp"),
    ("tool_invocations", "timestamp"),
    ("prompt_events", "timestamp"),
    ("runs", "started_at"),
    ("runs", "ended_at"),
    ("failures", "timestamp"),
)
"""Columns with times as artifacts write them."""

_ODD = "{column} IN (SELECT time FROM times WHERE utc IS NULL AND time <> '')"
_NOTE = """
INSERT INTO temp.changed_rows SELECT ?, rowid, -length(CAST({column} AS BLOB)), 0 FROM {table} WHERE {odd}
"""


def drop_odd_times(connection: apsw.Connection, tables: Mapping[str, RegisteredTable]) -> Counter[tuple[str, str, str]]:
    """Empty columns of times where they have something else, and return how often, by rule, table and column.

    Raises:
        apsw.Error: the copy could not be written.
    """
    reasons: Counter[tuple[str, str, str]] = Counter()
    if connection.execute("SELECT 1 FROM times WHERE utc IS NULL AND time <> '' LIMIT 1").get is None:
        return reasons
    for table, column in TIME_COLUMNS:
        odd = _ODD.format(column=quoted(column))
        if table in ("logs", "snapshots"):
            connection.execute(_NOTE.format(table=quoted(table), column=quoted(column), odd=odd), (table,))
        empty = "''" if column in tables[table].not_null else "NULL"
        connection.execute(f"UPDATE {quoted(table)} SET {quoted(column)} = {empty} WHERE {odd}")
        if count := connection.changes():
            reasons[RULE, table, column] += count
    connection.execute("DELETE FROM times WHERE utc IS NULL AND time <> ''")
    return reasons
