"""Create tables for fast loading, and complete them after it.

AUTOINCREMENT makes SQLite look up and write back its last id for every row, a quarter of the work of inserting a log
record (docs/performance.md). So the largest tables are filled without it and get it afterwards, in the way that
sqlite.org/lang_altertable.html describes for changes that do not affect stored content.
"""

from __future__ import annotations

import apsw

from ..rows import UNKNOWN_PARENT
from .schema_files import TABLES, table_sql

_LARGEST = ("logs", "slice_items")
_KEYWORD = " AUTOINCREMENT"


def create_empty_tables(connection: apsw.Connection) -> None:
    """Create all tables, the largest ones without AUTOINCREMENT."""
    for name in TABLES:
        sql = table_sql(name)
        connection.execute(sql.replace(_KEYWORD, "") if name in _LARGEST else sql)


def complete_tables(connection: apsw.Connection) -> None:
    """Give the filled tables the SQL and the values that the schema has for them, and record their last ids."""
    connection.pragma("writable_schema", 1)
    for name in _LARGEST:
        sql = table_sql(name).rstrip().removesuffix(";")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (sql, name))
        connection.execute(
            f"INSERT INTO sqlite_sequence (name, seq) SELECT '{name}', max(id) FROM {name} HAVING max(id) IS NOT NULL"
        )
    connection.pragma("writable_schema", "reset")
    connection.execute(
        "UPDATE sessions SET parent_session_id = NULL WHERE parent_session_id = ?",
        (UNKNOWN_PARENT,),
    )
