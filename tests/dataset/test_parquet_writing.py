"""The Parquet file of a table: values that SQLite has, and Parquet has not."""

from __future__ import annotations

import apsw
import pytest

from wink_debug_bundle.dataset.parquet_tables import StoredColumn, StoredTable
from wink_debug_bundle.dataset.shard_work.parquet_writing import write_table_file

parquet = pytest.importorskip("pyarrow.parquet", reason="tox run -e dataset installs pyarrow")

TABLE = StoredTable(
    "values_of_json",
    "Values that a view computes.",
    (StoredColumn("id", "INTEGER", "Row.", None), StoredColumn("text", "TEXT", "Text.", None)),
    "id",
)


def written(tmp_path, *documents):
    """Return the texts in the file of a view of JSON documents."""
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE documents (id INTEGER PRIMARY KEY, document TEXT)")
    connection.execute("CREATE VIEW values_of_json AS SELECT id, document ->> '$.value' AS text FROM documents")
    connection.executemany("INSERT INTO documents (document) VALUES (?)", [(each,) for each in documents])
    path = tmp_path / "values.parquet"
    file = write_table_file(connection, TABLE, "a" * 32, path)
    assert file is not None
    assert file.rows == file.last_id == len(documents)
    return parquet.ParquetFile(path).read(["text"]).to_pydict()["text"]


def test_texts(tmp_path):
    """Texts of any alphabet, empty ones and those with NUL characters are kept, and NULL is not an empty text."""
    documents = ['{"value": "täglich 日本 🙂"}', '{"value": ""}', '{"value": null}', r'{"value": "a\u0000b"}']
    assert written(tmp_path, *documents) == ["täglich 日本 🙂", "", None, "a\0b"]


def test_numbers_as_texts(tmp_path):
    """A number in a column of texts is written as its text."""
    assert written(tmp_path, '{"value": 5}', '{"value": 1.5}', '{"value": true}') == ["5", "1.5", "1"]


def test_half_of_a_character(tmp_path):
    """Half of a pair of surrogates, of which SQLite makes bytes that are not UTF-8, is replaced; other rows are kept."""
    first, second, third = written(tmp_path, '{"value": "before"}', r'{"value": "x\ud83dy"}', '{"value": "after"}')
    assert (first, third) == ("before", "after")
    assert second.startswith("x\ufffd")
    assert second.endswith("\ufffdy")
