"""Tables and queries as Parquet files: types and comments as in datasets, whatever the values are."""

from __future__ import annotations

import base64
import os
import sqlite3
import stat

import pytest
from support.artifact_samples import column, rows

from wink_debug_bundle import BundleError, BundleExistsError, DamagedBundleError, DebugBundle
from wink_debug_bundle.dataset import row_groups
from wink_debug_bundle.dataset.parquet_tables import stored_tables
from wink_debug_bundle.dataset.shard_work.parquet_writing import arrow_schema
from wink_debug_bundle.exporting.parquet.parquet_export import write_parquet

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def bundle(release_bundle):
    """Yield an open bundle."""
    with DebugBundle.open(release_bundle("0.27.0")) as opened:
        yield opened


@pytest.fixture
def written(bundle, tmp_path):
    """Return a function that writes a table, or the rows of a query, and reads the file."""

    def write(what):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        bundle.export_parquet(bundle.query(what) if " " in what else what, path)
        return parquet.read_table(path)

    return write


def test_tables_are_as_in_datasets(bundle, tmp_path):
    """Each table and view that datasets have has the same types and comments as there, and all rows."""
    for name, table in stored_tables().items():
        count = bundle.export_parquet(name, tmp_path / "t.parquet")
        schema, expected = parquet.read_schema(tmp_path / "t.parquet"), arrow_schema(table)
        assert schema.remove_metadata() == expected.remove(len(expected) - 1).remove_metadata()
        assert [field.metadata for field in schema] == [field.metadata for field in expected][:-1]
        assert schema.metadata[b"comment"] == expected.metadata[b"comment"]
        assert parquet.read_metadata(tmp_path / "t.parquet").num_rows == count
        assert [count] == column(bundle.path, f"SELECT count(*) FROM {name}")


def test_other_views_are_typed_by_their_values(written):
    """A view that datasets do not have keeps its comments, and its sums are numbers."""
    schema = written("tool_summary").schema
    assert schema.field("tool_name").type == pa.string()
    assert pa.types.is_integer(schema.field("call_count").type)
    assert schema.field("tool_name").metadata[b"comment"]


def test_values_come_back(bundle, written):
    """The values in the file are those of the bundle."""
    found = written("tool_calls").to_pylist()
    assert [tuple(each.values()) for each in found] == rows(bundle.path, "SELECT * FROM tool_calls")


@pytest.mark.parametrize(
    ("values", "arrow", "expected"),
    [
        ("(1), (NULL), (3)", pa.int64(), [1, None, 3]),
        ("(1), (2.5)", pa.float64(), [1.0, 2.5]),
        ("(9007199254740993), (0.5)", pa.string(), ["9007199254740993", "0.5"]),
        ("(NULL), (NULL)", pa.string(), [None, None]),
        ("('a'), (1), (NULL), (2.5)", pa.string(), ["a", "1", None, "2.5"]),
        ("(x'00ff'), (NULL)", pa.binary(), [b"\x00\xff", None]),
        ("('a'), (x'00ff')", pa.string(), ["a", base64.b64encode(b"\x00\xff").decode()]),
        ("(9e999), (1.0)", pa.float64(), [float("inf"), 1.0]),
        ("(CAST(x'ff' AS TEXT)), ('a')", pa.string(), [base64.b64encode(b"\xff").decode(), "a"]),
    ],
)
def test_the_values_of_a_query_decide(written, values, arrow, expected):
    """A column of a query has the type that holds all its values; text, if they are of several types, or all NULL."""
    table = written(f"SELECT column1 AS x FROM (VALUES {values})")
    assert table.schema.field("x").type == arrow
    assert table.column("x").to_pylist() == expected


def test_a_type_that_a_late_row_decides(written):
    """A column whose first rows are NULL or numbers is text if the last row is."""
    sql = """
        WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        SELECT CASE WHEN i = 1000 THEN 'late' WHEN i > 500 THEN i END AS x FROM n
    """
    found = written(sql).column("x").to_pylist()
    assert (found[0], found[600], found[-1]) == (None, "601", "late")


def test_a_query_without_rows(written):
    """A query that finds nothing gives a file with its columns and no rows."""
    table = written("SELECT id, 'x' AS kind FROM logs WHERE 0")
    assert (table.num_rows, table.column_names) == (0, ["id", "kind"])


def test_repeated_names(written):
    """Columns of one name get numbers, as in JSON."""
    assert written("SELECT 1 AS a, 2 AS a, 3 AS a_2").column_names == ["a", "a_2", "a_2_2"]


def test_several_row_groups(bundle, tmp_path, monkeypatch):
    """A long result is written in groups of rows, so that a group and not all rows is in memory."""
    monkeypatch.setattr(row_groups, "_GROUP_ROWS", 256)
    bundle.export_parquet("logs", tmp_path / "logs.parquet")
    metadata = parquet.read_metadata(tmp_path / "logs.parquet")
    assert [metadata.num_rows] == column(bundle.path, "SELECT count(*) FROM logs")
    assert metadata.num_row_groups == -(-metadata.num_rows // 256)


def test_the_file_is_private_and_whole(bundle, tmp_path):
    """The file has mode 0600, an existing one is kept if asked for, and a query that fails leaves none."""
    path = tmp_path / "x.parquet"
    bundle.export_parquet("sessions", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(BundleExistsError):
        bundle.export_parquet("sessions", path, replace=False)
    failing = "SELECT json_extract(value, '$.a') FROM json_each('[\"{}\", \"{broken\"]')"
    with pytest.raises(BundleError, match="malformed JSON"):
        bundle.export_parquet(bundle.query(failing), tmp_path / "y.parquet")
    assert os.listdir(tmp_path) == ["x.parquet"]


def test_a_value_of_another_type_is_damage(tmp_path):
    """A hostile bundle with a text in a column of integers is an error that names the column."""
    with sqlite3.connect(tmp_path / "b.db") as connection:
        connection.execute("CREATE TABLE t (n INTEGER)")
        connection.execute("INSERT INTO t VALUES ('many')")
        cursor = connection.execute("SELECT * FROM t")
        with pytest.raises(DamagedBundleError, match="the column n has a value that is no INTEGER"):
            write_parquet(cursor, tmp_path / "t.parquet", table="t")
    connection.close()
    assert os.listdir(tmp_path) == ["b.db"]
