"""DuckDB: `read_ndjson` into its own table with two threads, without indexes and with those of the specification.

Columns are given with their types, so that DuckDB need not guess them, and the context stays JSON text. Insertion order
is kept, as by every other contender. Only the table with indexes has a session column, because one index needs it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.contenders.schema import index_statements

THREADS = 2
COLUMNS = """{timestamp: 'VARCHAR', level: 'VARCHAR', logger: 'VARCHAR', event: 'VARCHAR', message: 'VARCHAR',
             context: 'JSON'}"""


def main(source: Path, output: Path) -> None:
    """Build `logs` in the DuckDB file `output`, without indexes."""
    _load(source, output, "*")


def plain(source: Path, output: Path) -> None:
    """Build `logs` as most people write it: `read_ndjson` guesses the columns, and splits the context into fields."""
    _connect(output).execute(f"CREATE TABLE logs AS SELECT * FROM read_ndjson({_paths(source)!r})")


def with_indexes(source: Path, output: Path) -> None:
    """Build `logs` with a session column and the four indexes."""
    connection = _load(source, output, "context->>'$.session_id' AS session_id, *")
    for statement in index_statements("logs"):
        connection.execute(statement)
    connection.close()


def _load(source: Path, output: Path, columns: str) -> duckdb.DuckDBPyConnection:
    connection = _connect(output)
    read = f"read_ndjson({_paths(source)!r}, columns={COLUMNS})"
    connection.execute(f"CREATE TABLE logs AS SELECT {columns} FROM {read}")
    return connection


def _connect(output: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(output), config={"threads": THREADS})


def _paths(source: Path) -> list[str]:
    return [str(path) for path in sorted(source.rglob("*.log"))]
