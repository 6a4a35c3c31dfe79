"""The SQL files of the schema, the order in which they run, and the version of the schema."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from typing import Protocol

from ..column_values import SearchKind

SCHEMA_VERSION = 1

_SPECIFIED = ("bundle_meta", "sessions", "logs", "slice_items", "tool_invocations", "prompt_events", "files")
_ADDED = (
    "artifacts",
    "snapshots",
    "ledger",
    "problems",
    "raw_records",
    "line_forms",
    "zip_parts",
    "duplicate_lines",
    "blobs",
    "blob_chunks",
    "slice_views",
    "times",
    "digests",
    "redactions",
)
_RUNS = ("runs", "run_members", "environment", "entries", "calls")
_DERIVED = ("failures", "prompt_parts")

TABLES = (*_SPECIFIED, *_ADDED, *_RUNS, *_DERIVED)
"""Every table: those of the specification in its order, then the others."""

INDEXED_TABLES = (*_SPECIFIED[1:], "snapshots", "ledger", "problems", *_RUNS, *_DERIVED)
"""Tables with a file of indexes, in the order in which these are created."""

_SHARED = {"files": ("file_entries", "texts")}
"""The tables that a bundle which shares text has instead of a table; a view has its name and its columns."""

SHARED_TABLES = tuple(chain.from_iterable(_SHARED.values()))
"""The tables of bundles that share text."""

_STAGING = ("call_fragments", "settled_runs", "slice_keys")
"""Tables that only a build needs."""

VIEWS = (
    "execution_timeline",
    "token_summary",
    "tool_summary",
    "error_log",
    "last_snapshots",
    "current_slice_items",
    "transcript_entries",
    "tool_calls",
    "token_usage",
    "call_evaluations",
    "failure_evaluations",
    "failure_signatures",
    "session_samples",
    "session_results",
    "sample_results",
    "experiment_results",
    "evaluation_results",
    "failed_runs",
    "prompt_versions",
    "turn_tokens",
    "call_tokens",
    "search_text",
)
"""Every view; a view comes after those it reads."""

SEARCH_SOURCES = {
    SearchKind.FAILURE: "failures",
    SearchKind.RUN: "runs",
    SearchKind.MESSAGE: "transcript_entries",
    SearchKind.CALL: "tool_calls",
    SearchKind.RESULT: "tool_calls",
    SearchKind.PROMPT: "prompt_events",
    SearchKind.ANSWER: "prompt_events",
    SearchKind.PATH: "files",
    SearchKind.LOG: "logs",
    SearchKind.CONTEXT: "logs",
    SearchKind.FILE: "files",
}
"""The table or view that has the rows of each kind of text, the most telling kinds first."""


class Executes(Protocol):
    """A connection of apsw or of Python's own sqlite3."""

    def execute(self, statements: str, /) -> object:
        """Execute SQL."""


def sql_folder() -> Traversable:
    """Return the folder that contains the SQL files."""
    return files(__package__)


@cache
def read_sql(*path: str) -> str:
    """Return the text of the SQL file at `path` below this package's folder."""
    return sql_folder().joinpath(*path).read_text(encoding="utf-8")


def tables_of(*, shares_text: bool) -> tuple[str, ...]:
    """Return the tables of a bundle, in the order of `TABLES`."""
    return _stored(TABLES, shares_text=shares_text)


def views_of(*, shares_text: bool) -> tuple[str, ...]:
    """Return the views of a bundle; a view comes after those it reads."""
    return (*_SHARED, *VIEWS) if shares_text else VIEWS


def indexed_tables(*, shares_text: bool) -> tuple[str, ...]:
    """Return the tables of a bundle with indexes, in the order in which these are created."""
    return tuple(name for name in _stored(INDEXED_TABLES, shares_text=shares_text) if name != "texts")


def _stored(names: Iterable[str], *, shares_text: bool) -> tuple[str, ...]:
    """Return the tables that hold the rows of those called `names`."""
    if not shares_text:
        return tuple(names)
    return tuple(chain.from_iterable(_SHARED.get(name, (name,)) for name in names))


def table_sql(name: str) -> str:
    """Return the statement that creates the table `name`."""
    return read_sql("tables", f"{name}.sql")


def view_sql(name: str) -> str:
    """Return the statement that creates the view `name`."""
    return read_sql("views", f"{name}.sql").replace("{texts}", _all_texts() if name == "search_text" else "")


def source_of_texts(kind: SearchKind) -> str:
    """Return the query for the rows of a kind of text, without comments."""
    return _code("search", "texts", f"{kind}.sql")


def decoded_texts(kind: SearchKind) -> str:
    """Return the query for the rows of a kind of text, the escapes of its JSON decoded."""
    return _code("search", "decoded.sql").replace("{source}", source_of_texts(kind))


def _all_texts() -> str:
    """Return the query for the texts of all kinds."""
    parts = (
        f"SELECT '{kind}' AS kind, '{source}' AS table_name, decoded.* FROM ({decoded_texts(kind)}) AS decoded"
        for kind, source in SEARCH_SOURCES.items()
    )
    return "\nUNION ALL\n".join(parts)


def _code(*path: str) -> str:
    """Return the query of an SQL file, without the lines of comments and the semicolon."""
    lines = (line for line in read_sql(*path).splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).rstrip().removesuffix(";")


def index_statements(table: str) -> list[str]:
    """Return the statements that create the indexes of `table`, one for each."""
    shown = next((shown for shown, (entries, *_) in _SHARED.items() if entries == table), table)
    statements = read_sql("indexes", f"{shown}.sql").replace(f" ON {shown}(", f" ON {table}(").split(";")
    return [f"{statement.strip()};" for statement in statements if statement.strip()]


def all_index_statements(*, shares_text: bool = False) -> list[str]:
    """Return the statements that create all indexes."""
    tables = indexed_tables(shares_text=shares_text)
    return [statement for table in tables for statement in index_statements(table)]


def finalize_statements() -> list[str]:
    """Return the scripts that complete the tables once all rows and indexes are written, in their order."""
    names = sorted(item.name for item in sql_folder().joinpath("finalize").iterdir())
    return [read_sql("finalize", name) for name in names]


def create_schema(connection: Executes, *, shares_text: bool = False) -> None:
    """Create every table, index and view in an empty database."""
    for name in tables_of(shares_text=shares_text):
        connection.execute(table_sql(name))
    for statement in all_index_statements(shares_text=shares_text):
        connection.execute(statement)
    for name in views_of(shares_text=shares_text):
        connection.execute(view_sql(name))


def create_staging(connection: Executes) -> None:
    """Create the tables that only a build needs."""
    for name in _STAGING:
        connection.execute(read_sql("staging", f"{name}.sql"))


def drop_staging(connection: Executes) -> None:
    """Remove the tables that only a build needs."""
    for name in _STAGING:
        connection.execute(f"DROP TABLE {name}")


def create_views(connection: Executes) -> None:
    """Create every view, but for those in the place of tables."""
    for name in VIEWS:
        connection.execute(view_sql(name))
