"""Count the rows of an output, to check that a contender has done the work for which it was timed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from benchmarks.dataset import Dataset


def row_counts(output: Path, database: str, tables: list[str]) -> dict[str, int]:
    """Return the number of rows of each of `tables` that the database has; nothing if it cannot be read.

    An output that is a directory has a database for each artifact; their rows are added up.
    """
    if database == "none" or not output.exists():
        return {}
    if output.is_dir():
        return dict(sum((Counter(_sqlite_counts(path, tables)) for path in output.glob("*.sqlite")), Counter[str]()))
    if database == "duckdb":
        return _duckdb_counts(output, tables)
    return _sqlite_counts(output, tables)


def problem(dataset: Dataset, counts: dict[str, int], database: str) -> str | None:
    """Return what is wrong with the counts, or None. A contender may leave out a table, but not the log."""
    if database == "none":
        return None
    wrong = [f"{table}: {count} rows, not {dataset.rows[table]}"
             for table, count in counts.items() if count != dataset.rows[table]]  # fmt: skip
    if not counts or ("logs" in dataset.rows and "logs" not in counts):
        wrong.append("no rows to count")
    return "; ".join(wrong) or None


def _sqlite_counts(output: Path, tables: list[str]) -> dict[str, int]:
    with closing(sqlite3.connect(f"{output.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            wanted = [table for table in tables if table in found]
            return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in wanted}
        except sqlite3.DatabaseError:
            return {}


def _duckdb_counts(output: Path, tables: list[str]) -> dict[str, int]:
    import duckdb  # only for its own contender; everything else runs without it

    with closing(duckdb.connect(str(output), read_only=True)) as connection:
        found = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        counts: dict[str, int] = {}
        for table in (table for table in tables if table in found):
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            counts[table] = row[0] if row else 0
        return counts
