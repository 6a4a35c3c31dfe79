"""The schema: SQL files, in the order in which they run, and the version they make up."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Protocol

SCHEMA_VERSION = 1

_SPECIFIED = ("bundle_meta", "sessions", "logs", "slice_items", "tool_invocations", "prompt_events", "files")
_ADDED = (
    "artifacts",
    "snapshots",
    "ledger",
    "problems",
    "raw_records",
    "zip_parts",
    "duplicate_lines",
    "blobs",
    "blob_chunks",
    "slice_views",
)
_RUNS = ("runs", "run_members", "environment", "entries", "calls")
_FOUND_OUT = ("failures", "prompt_parts")

TABLES = (*_SPECIFIED, *_ADDED, *_RUNS, *_FOUND_OUT)
"""Every table: those of the specification in its order, then ours."""

INDEXED_TABLES = (*_SPECIFIED[1:], "snapshots", "ledger", "problems", *_RUNS, *_FOUND_OUT)

_STAGING = ("call_fragments", "slice_keys")

VIEWS = (
    "execution_timeline",
    "token_summary",
    "tool_summary",
    "error_log",
    "last_snapshots",
    "current_slice_items",
    "transcript_entries",
    "tool_calls",
    "failure_signatures",
    "sample_results",
    "failed_runs",
    "prompt_versions",
    "turn_tokens",
)
"""Every view, a view after those it reads."""


class Executes(Protocol):
    """A connection, apsw's or Python's own."""

    def execute(self, statements: str, /) -> object: ...


def sql_folder() -> Traversable:
    """The folder that holds the SQL files."""
    return files(__package__)


@cache
def read_sql(*path: str) -> str:
    """Text of the SQL file at `path` below the package's folder."""
    return sql_folder().joinpath(*path).read_text(encoding="utf-8")


def table_sql(name: str) -> str:
    """Statement that creates the table `name`."""
    return read_sql("tables", f"{name}.sql")


def view_sql(name: str) -> str:
    """Statement that creates the view `name`."""
    return read_sql("views", f"{name}.sql")


def index_statements(table: str) -> list[str]:
    """Statements that create the indexes of `table`, one each."""
    statements = read_sql("indexes", f"{table}.sql").split(";")
    return [f"{statement.strip()};" for statement in statements if statement.strip()]


def all_index_statements() -> list[str]:
    """Statements that create every index."""
    return [statement for table in INDEXED_TABLES for statement in index_statements(table)]


def finalize_statements() -> list[str]:
    """Statements that run once after all rows and indexes are there, in order."""
    names = sorted(item.name for item in sql_folder().joinpath("finalize").iterdir())
    return [read_sql("finalize", name) for name in names]


def create_schema(connection: Executes) -> None:
    """Create every table, index and view in an empty database."""
    for name in TABLES:
        connection.execute(table_sql(name))
    for statement in all_index_statements():
        connection.execute(statement)
    create_views(connection)


def create_staging(connection: Executes) -> None:
    """Create the tables that only a build needs."""
    for name in _STAGING:
        connection.execute(read_sql("staging", f"{name}.sql"))


def drop_staging(connection: Executes) -> None:
    """Remove the tables that only a build needs."""
    for name in _STAGING:
        connection.execute(f"DROP TABLE {name}")


def create_views(connection: Executes) -> None:
    """Create every view."""
    for name in VIEWS:
        connection.execute(view_sql(name))
