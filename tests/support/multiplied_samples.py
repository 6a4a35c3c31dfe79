"""Make a large evaluation of a small one: the bundle's samples again and again, each time with other ids.

Usage: python -m support.multiplied_samples BUNDLE OUTPUT COPIES, in the folder tests

The copies have everything that a comparison reads: runs, calls, entries with their log records, failures, environment,
prompts and requests. They are no longer exact images of any artifact.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

_SHIFTED = {
    "artifacts": ("id", "container_id"),
    "runs": ("id",),
    "logs": ("id", "artifact_id"),
    "snapshots": ("id", "artifact_id"),
    "calls": (
        "id",
        "run_id",
        "requested_log_id",
        "started_log_id",
        "ended_log_id",
        "use_entry_id",
        "result_entry_id",
    ),
    "entries": ("id", "run_id", "log_id"),
    "failures": ("id", "run_id", "call_id", "log_id"),
    "environment": ("id", "run_id"),
    "run_members": ("id", "run_id"),
    "prompt_parts": ("id", "run_id"),
    "prompt_events": ("snapshot_id",),
    "tool_invocations": ("snapshot_id",),
    "sessions": (),
}
"""Columns that hold numbers of rows, by table."""

_NAMED = ("session_id", "parent_session_id", "sample_id", "bundle_id", "event_id", "request_id", "path", "call_id")
"""Columns that hold ids: each copy has its own."""

_ONLY = {
    "logs": "id IN (SELECT log_id FROM entries) OR id IN (SELECT started_log_id FROM calls) "
    "OR id IN (SELECT ended_log_id FROM calls)",
    "run_members": "path = 'request/input.json'",
    "artifacts": "id IN (SELECT id FROM runs)",
}
"""Rows that are copied, of tables of which not all are."""

_STEP = 1_000_000
"""By how much the numbers of the rows of a copy differ from those of the one before."""


def multiply_samples(bundle: Path, output: Path, copies: int) -> Path:
    """Write a bundle with so many copies of the samples of another one, and return its path."""
    shutil.copyfile(bundle, output)
    with closing(sqlite3.connect(output)) as connection, connection:
        connection.execute("PRAGMA synchronous = off")
        for table in _SHIFTED:
            connection.execute(f"CREATE TEMP TABLE new_{table} AS SELECT * FROM {table} WHERE {_ONLY.get(table, '1')}")
        for copy in range(1, copies):
            for table in _SHIFTED:
                _add_copy(connection, table, copy)
    return output


def _add_copy(connection: sqlite3.Connection, table: str, copy: int) -> None:
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(_value(table, column) for column in columns)
    sql = f"INSERT INTO main.{table} SELECT {values} FROM temp.new_{table}"
    connection.execute(sql, {"copy": copy, "step": copy * _STEP})


def _value(table: str, column: str) -> str:
    """Return the SQL for a column of a copy."""
    if column in _SHIFTED[table]:
        return f"{column} + :step"
    if table == "run_members" and column == "content":
        return "replace(content, '\"text\": \"', '\"text\": \"copy ' || :copy || ' of ')"
    return f"{column} || '-' || :copy" if column in _NAMED and table != "run_members" else column


if __name__ == "__main__":
    multiply_samples(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
