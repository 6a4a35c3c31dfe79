"""The rows of a query are tuples that give their values by name, too."""

from __future__ import annotations

import pickle
import sqlite3

import pandas as pd
import pytest

from wink_debug_bundle import DebugBundle


@pytest.fixture
def bundle(run_bundle):
    """Yield an open bundle."""
    with DebugBundle.open(run_bundle) as opened:
        yield opened


def test_by_name(bundle):
    """A value is found by its column's name, in upper or lower case."""
    row = bundle.query("SELECT 1 AS one, 'b' AS Two").fetchone()
    assert (row["one"], row["two"], row["TWO"]) == (1, "b", "b")
    assert dict(row) == {"one": 1, "Two": "b"}
    assert row.keys() == ["one", "Two"]


def test_a_row_is_a_tuple(bundle):
    """A row is equal to a tuple, sorted like one, unpacked like one, and read by positions."""
    rows = bundle.query("SELECT 2, 'b' UNION ALL SELECT 1, 'a'").fetchall()
    assert rows == [(2, "b"), (1, "a")]
    assert sorted(rows) == [(1, "a"), (2, "b")]
    number, text = rows[0]
    assert (number, text, rows[0][1], rows[0][-1], rows[0][:1], len(rows[0])) == (2, "b", "b", "b", (2,), 2)
    assert {rows[0]: "found"}[2, "b"] == "found"
    assert repr(rows[0]) == "(2, 'b')"


def test_several_columns_of_one_name(bundle):
    """Of several columns with one name, the first is meant."""
    assert bundle.query("SELECT 1 AS x, 2 AS x").fetchone()["x"] == 1


def test_an_unknown_name(bundle):
    """The error for an unknown name lists the columns."""
    with pytest.raises(KeyError, match="three: the columns are one, two"):
        bundle.query("SELECT 1 AS one, 2 AS two").fetchone()["three"]


def test_pickled(bundle):
    """A row that is sent to another process becomes a tuple."""
    row = pickle.loads(pickle.dumps(bundle.query("SELECT 1 AS x").fetchone()))
    assert (type(row), row) == (tuple, (1,))


def test_pandas(bundle):
    """Pandas reads a query from the bundle's connection, with its column names."""
    sql = "SELECT tool_name, call_count FROM tool_summary"
    table = pd.read_sql(sql, bundle.connection)
    assert list(table.columns) == ["tool_name", "call_count"]
    assert list(table.itertuples(index=False, name=None)) == bundle.query(sql).fetchall()


def test_the_connection_only_reads(bundle):
    """The connection refuses what would change the bundle."""
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        bundle.connection.execute("DELETE FROM logs")
