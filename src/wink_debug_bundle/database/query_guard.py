"""Restrict queries on a bundle to reading it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_DENIED_FUNCTIONS = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}
_ALLOWED_PRAGMAS = {
    "application_id",
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "page_count",
    "page_size",
    "pragma_list",
    "quick_check",
    "schema_version",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
}
_DEFENSIVE = 1010
"""SQLITE_DBCONFIG_DEFENSIVE, which Python names since 3.12."""

_SMALLEST_LIMIT, _LARGEST_LIMIT = 16 << 20, 1_000_000_000
"""Least and greatest limit for the size of a value that a query creates, in bytes."""

_LEAST_HEAP = 512 << 20
"""Memory that SQLite may use for a bundle without large values."""

_WITHOUT_ARGUMENT = {"application_id", "encoding", "page_size", "schema_version", "user_version"}
"""Pragmas that would change the database if they were given a value."""


def allow_reading_only(connection: sqlite3.Connection, file_size: int) -> None:
    """Let a connection refuse every statement that could write, attach another file or load code.

    The file may come from a stranger, so its schema is trusted as little as a query.

    Args:
        connection: A connection that is open for reading.
        file_size: Size of the bundle in bytes, which limits the values that a query may create.
    """
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA cell_size_check = 1")
    connection.execute("PRAGMA mmap_size = 0")
    if _views_work_untrusted():
        connection.execute("PRAGMA trusted_schema = 0")
    if hasattr(connection, "setconfig"):  # since Python 3.12; the authorizer below refuses the same
        connection.setconfig(_DEFENSIVE, True)  # noqa: FBT003
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest_value(file_size))
    connection.set_authorizer(_authorize)


def longest_value(file_size: int) -> int:
    """Return the limit in bytes for a value: no stored value is larger than the file, and memory must not run out."""
    return min(max(file_size, _SMALLEST_LIMIT), _LARGEST_LIMIT)


def limit_memory(most_bytes: int) -> None:
    """Limit the memory of SQLite in this whole process; a statement that needs more fails."""
    with closing(sqlite3.connect(":memory:")) as any_connection:
        any_connection.execute(f"PRAGMA hard_heap_limit = {most_bytes}")


def heap_for(file_size: int) -> int:
    """Return the memory in bytes that queries of a bundle may need: what the largest values take."""
    return max(_LEAST_HEAP, 3 * longest_value(file_size))


@cache
def _views_work_untrusted() -> bool:
    """Return whether views may use JSON functions if the schema is not trusted: SQLite 3.40 considers them unsafe.

    With that version, only the authorizer keeps views from functions that do more than compute.
    """
    with closing(sqlite3.connect(":memory:")) as probe:
        probe.execute("PRAGMA trusted_schema = 0")
        probe.execute("CREATE VIEW v AS SELECT json_extract('{}', '$')")
        try:
            probe.execute("SELECT * FROM v").fetchall()
        except sqlite3.OperationalError:
            return False
    return True


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Decide on one action of a statement, as SQLite asks for while it compiles the statement."""
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _DENIED_FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and _is_harmless(first or "", second):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_UPDATE and first == "sqlite_master":
        # SQLite requests this when it first declares a table-valued function such as json_each. It always refuses
        # statements that change this table.
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _is_harmless(pragma: str, argument: str | None) -> bool:
    """Return whether a pragma only reads."""
    name = pragma.lower()
    return name in _ALLOWED_PRAGMAS and (argument is None or name not in _WITHOUT_ARGUMENT)
