"""What a query on a bundle may do: read it, and nothing else."""

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
"""Between these lies the longest value that a query may make, in bytes."""

_WITHOUT_ARGUMENT = {"application_id", "encoding", "page_size", "schema_version", "user_version"}


def allow_reading_only(connection: sqlite3.Connection, file_size: int) -> None:
    """Refuse every statement that could write, attach another file or load code, whatever its SQL looks like.

    The file may come from a stranger: its schema is trusted no more than a query.

    Args:
        connection: A connection that is open for reading.
        file_size: Bytes of the bundle, by which the values that a query may make are limited.
    """
    connection.execute("PRAGMA query_only = 1")
    connection.execute("PRAGMA cell_size_check = 1")
    connection.execute("PRAGMA mmap_size = 0")
    if _views_work_untrusted():
        connection.execute("PRAGMA trusted_schema = 0")
    if hasattr(connection, "setconfig"):  # since Python 3.12; what it forbids is refused below, too
        connection.setconfig(_DEFENSIVE, True)  # noqa: FBT003
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest_value(file_size))
    connection.set_authorizer(_authorize)


def longest_value(file_size: int) -> int:
    """Bytes of the longest value a query may make: no stored value is longer than the file, and no memory is to be eaten."""
    return min(max(file_size, _SMALLEST_LIMIT), _LARGEST_LIMIT)


@cache
def _views_work_untrusted() -> bool:
    """Whether a view may use JSON functions if the schema is not trusted: SQLite 3.40 takes them for unsafe.

    There the authorizer alone keeps views from functions that do more than compute.
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
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _DENIED_FUNCTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and _is_harmless(first or "", second):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_UPDATE and first == "sqlite_master":
        # SQLite asks for this when it first declares a table-valued function such as json_each; it refuses by
        # itself to let a statement change that table.
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _is_harmless(pragma: str, argument: str | None) -> bool:
    name = pragma.lower()
    return name in _ALLOWED_PRAGMAS and (argument is None or name not in _WITHOUT_ARGUMENT)
