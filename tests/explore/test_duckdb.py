"""DuckDB runs the views of a bundle, and they give the rows that SQLite gives."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.artifact_samples import ROOT_SESSION, lines, log_record, slice_of, snapshot
from support.compared_values import sorted_rows

duckdb = pytest.importorskip("duckdb", reason="tox run -e duckdb installs DuckDB")
extensions = pytest.importorskip("duckdb_extensions", reason="tox run -e duckdb installs DuckDB's SQLite extension")

RELEASES = ["wink-0.20.0", "wink-0.21.0", "wink-0.24.0", "wink-0.27.0"]


def differing_views(bundle: Path) -> list[str]:
    """Return the views that DuckDB cannot run, or of which it gives other rows."""
    extensions.import_extension("sqlite_scanner")
    different = []
    with closing(sqlite3.connect(bundle)) as expected, duckdb.connect() as connection:
        connection.execute("LOAD sqlite_scanner")
        connection.execute(f"ATTACH '{bundle}' AS bundle (TYPE sqlite, READ_ONLY)")
        connection.execute("USE bundle")
        names = [name for (name,) in expected.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")]
        assert len(names) > 13
        for name in names:
            sql = f'SELECT * FROM "{name}"'
            try:
                found = sorted_rows(connection.execute(sql).fetchall())
            except duckdb.Error as error:
                different.append(f"{name}: {error}")
                continue
            if found != sorted_rows(expected.execute(sql).fetchall()):
                different.append(name)
    return different


@pytest.mark.parametrize("release", RELEASES)
def test_views(release_bundle, release):
    """Every view, those of slice classes too, gives the same rows for the artifacts of a release."""
    assert differing_views(release_bundle(release)) == []


def test_odd_times_and_keys(build):
    """Times in other forms, and keys that need quotes, do not keep a view from running."""
    item = {"plain": 1, "select": "x", "a b": [1], 'quo"te': "q", "back\\slash": "b", "": "empty", "é": 1.5}
    times = ["2026-01-02T03:04:05Z", "2026-01-02T05:04:04.5+02:00", ""]
    bundle = build(
        {
            "a.jsonl": lines(snapshot(ROOT_SESSION, slice_of("app:Odd", item, 3))),
            "a.log": lines(*[log_record(level="ERROR", timestamp=time) for time in times]),
        }
    )
    assert differing_views(bundle) == []
