"""What a query on a bundle may do: read it, and nothing else."""

from __future__ import annotations

import sqlite3

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
_WITHOUT_ARGUMENT = {"application_id", "encoding", "page_size", "schema_version", "user_version"}


def allow_reading_only(connection: sqlite3.Connection) -> None:
    """Refuse every statement that could write, attach another file or load code, whatever its SQL looks like."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_authorizer(_authorize)


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
