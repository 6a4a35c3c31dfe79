"""Create tables for fast loading, and complete them after it.

Two things are costly for every row (docs/performance.md). AUTOINCREMENT makes SQLite look up and write back its last id,
a quarter of the work of inserting a log record. The index of a random key, such as that of events, needs a page that is
no longer in the cache, half of the work of inserting snapshots. So tables are filled without either and get both
afterwards, in the way that sqlite.org/lang_altertable.html describes for changes that do not affect stored content.
"""

from __future__ import annotations

import apsw

from ..rows import UNKNOWN_PARENT
from .schema_files import VIEWS, table_sql, tables_of, view_sql, views_of

_COUNTED = ("logs", "slice_items")
_AUTOINCREMENT = " AUTOINCREMENT"

EVENTS = ("tool_invocations", "prompt_events")
"""Tables of events, which may hold an event several times until they are completed."""

_PRIMARY_KEY = " PRIMARY KEY"
_KEY = "event_id"

_DELETE_REPEATED = """
WITH repeated AS (SELECT {key} AS key, min(rowid) AS first FROM {table} GROUP BY {key} HAVING count(*) > 1)
DELETE FROM {table}
WHERE rowid IN (SELECT each.rowid FROM repeated JOIN {table} AS each ON each.{key} = key WHERE each.rowid > first)
"""

_CLOSE_GAPS = """
UPDATE {table} SET rowid = place.position
FROM (SELECT rowid AS id, row_number() OVER (ORDER BY rowid) AS position FROM {table}) AS place
WHERE {table}.rowid = place.id AND place.position < place.id
"""


def create_empty_tables(connection: apsw.Connection, *, shares_text: bool = False) -> None:
    """Create all tables, without what is costly for each row, and the views in the place of tables."""
    for name in tables_of(shares_text=shares_text):
        sql = table_sql(name)
        if name in _COUNTED:
            sql = sql.replace(_AUTOINCREMENT, "", 1)
        elif name in EVENTS:
            sql = sql.replace(_PRIMARY_KEY, "", 1)
        connection.execute(sql)
    for name in views_of(shares_text=shares_text):
        if name not in VIEWS:
            connection.execute(view_sql(name))


def complete_tables(connection: apsw.Connection) -> None:
    """Give the filled tables the SQL, the keys and the values that the schema has for them.

    The first row of an event stays, and others of it are deleted.
    """
    for name in EVENTS:
        _index_events(connection, name)
    connection.pragma("writable_schema", 1)
    for name in EVENTS:
        _change_schema(connection, f"sqlite_autoindex_{name}_1", None, of=_key_index(name))
    for name in (*_COUNTED, *EVENTS):
        _change_schema(connection, name, table_sql(name).rstrip().removesuffix(";"), of=name)
    for name in _COUNTED:
        _note_last_id(connection, name)
    connection.pragma("writable_schema", "reset")
    connection.execute(
        "UPDATE sessions SET parent_session_id = NULL WHERE parent_session_id = ?",
        (UNKNOWN_PARENT,),
    )


def _index_events(connection: apsw.Connection, table: str) -> None:
    """Create the index of the events' ids, and delete repeated events.

    The index of the table's key is one like this, but for its name and its SQL. It is not unique at first, so that it
    finds the repeated events without sorting them. Which of these were written depends on the processes that read them;
    so the rows after them are numbered anew.
    """
    connection.execute(f"CREATE INDEX {_key_index(table)} ON {table}({_KEY})")
    connection.execute(_DELETE_REPEATED.format(table=table, key=_KEY))
    if connection.changes():
        connection.execute(_CLOSE_GAPS.format(table=table))


def _key_index(table: str) -> str:
    return f"key_of_{table}"


def _change_schema(connection: apsw.Connection, name: str, sql: str | None, *, of: str) -> None:
    """Give the object `of` of the schema another name and other SQL."""
    connection.execute("UPDATE sqlite_schema SET name = ?, sql = ? WHERE name = ?", (name, sql, of))


def _note_last_id(connection: apsw.Connection, table: str) -> None:
    """Record the last id of a table, as AUTOINCREMENT does."""
    last_id = connection.execute(f"SELECT max(id) FROM {table}").get  # with HAVING, SQLite would read every row
    if last_id is not None:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last_id))
