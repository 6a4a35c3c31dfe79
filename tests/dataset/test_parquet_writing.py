"""The Parquet file of a table: values that SQLite has, and Parquet has not."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from wink_debug_bundle.dataset.parquet_tables import StoredColumn, StoredTable
from wink_debug_bundle.dataset.shard_work.parquet_writing import write_table_file
from wink_debug_bundle.dataset.shard_work.task_threads import task_threads

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
    with task_threads() as threads:
        file = write_table_file(connection, TABLE, "a" * 32, path, threads.encoding).finish()
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


@pytest.fixture
def connection():
    """Return a database with a table of few long texts among many short ones."""
    made = apsw.Connection(":memory:")
    made.execute("CREATE TABLE values_of_json (id INTEGER PRIMARY KEY, text TEXT)")
    texts = (number % 700 * "long text " if number % 7 == 0 else str(number) for number in range(5000))
    made.executemany("INSERT INTO values_of_json (text) VALUES (?)", [(text,) for text in texts])
    return made


def test_sizes(connection, tmp_path):
    """All rows are written in their order, whatever sizes they have."""
    path = tmp_path / "values.parquet"
    with task_threads() as threads:
        write_table_file(connection, TABLE, "a" * 32, path, threads.encoding)
    rows = parquet.ParquetFile(path).read(["id", "text"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == connection.execute("SELECT id, text FROM values_of_json").fetchall()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk(connection):
    """What cannot be written while other rows are read is an error of the one who reads."""
    with task_threads() as threads, pytest.raises(OSError, match="No space left"):
        write_table_file(connection, TABLE, "a" * 32, Path("/dev/full"), threads.encoding).finish()
