"""DuckDB: `read_ndjson` with two threads into its own table, without indexes or with them, or into a SQLite file.

Columns are given with their types, so that DuckDB need not guess them, and the context stays JSON text. Insertion order
is kept, as by every other contender. Only tables with indexes have a session column, because one index needs it.

The extension that writes SQLite files is not a part of DuckDB's own package, which would download it. PyPI has it as
`duckdb-ext-sqlite`; its folder `duckdb_ext/extensions` is what DuckDB calls an extension directory. SQLite's defaults are
kept: a rollback journal and full sync.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import duckdb

from benchmarks.contenders.schema import index_statements

THREADS = 2
WITH_SESSION = "context->>'$.session_id' AS session_id, *"
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
    _index(_load(source, output, WITH_SESSION))


def into_sqlite(source: Path, output: Path) -> None:
    """Build `logs` with a session column and the four indexes in the SQLite file `output`."""
    connection = duckdb.connect(config={"threads": THREADS, "extension_directory": _extensions()})
    connection.execute("LOAD sqlite_scanner")
    connection.execute(f"ATTACH '{output}' AS target (TYPE sqlite)")
    connection.execute("USE target")
    _create(connection, source, WITH_SESSION)
    _index(connection)


def _extensions() -> str:
    """Return the folder of the extensions that pip installed."""
    package = find_spec("duckdb_ext")
    if package is None or package.submodule_search_locations is None:
        raise SystemExit("duckdb-ext-sqlite is not installed")
    return str(Path(package.submodule_search_locations[0]) / "extensions")


def _load(source: Path, output: Path, columns: str) -> duckdb.DuckDBPyConnection:
    connection = _connect(output)
    _create(connection, source, columns)
    return connection


def _create(connection: duckdb.DuckDBPyConnection, source: Path, columns: str) -> None:
    read = f"read_ndjson({_paths(source)!r}, columns={COLUMNS})"
    connection.execute(f"CREATE TABLE logs AS SELECT {columns} FROM {read}")


def _index(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in index_statements("logs"):
        connection.execute(statement)
    connection.close()


def _connect(output: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(output), config={"threads": THREADS})


def _paths(source: Path) -> list[str]:
    return [str(path) for path in sorted(source.rglob("*.log"))]
