"""Rows within a number of characters, with handles that read each shortened value in full."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wink_debug_bundle import BundleQueryError
from wink_debug_bundle.explore.row_output.budget import Advice, fit_rows
from wink_debug_bundle.explore.row_output.formats import FORMATS, SMALLEST_BUDGET
from wink_debug_bundle.explore.row_output.handles import read_cell

ADVICE = Advice(lambda _: "c" * 120, "r" * 120)

TEXTS = st.builds(
    lambda text, times: text * times, st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 400)
)
BLOBS = st.builds(lambda data, times: data * times, st.binary(), st.integers(1, 100))
CELLS = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), TEXTS, BLOBS)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12)
BUDGETS = st.integers(SMALLEST_BUDGET, 6000)

QUERIES = (
    "SELECT id, a, b, c FROM t ORDER BY id",
    "SELECT a, b, c FROM t ORDER BY id",
    "SELECT x.c, y.a, x.id FROM t x JOIN v y ON y.id = x.id ORDER BY x.id DESC",
    "SELECT CAST(CAST(a AS BLOB) AS TEXT) AS a, b || c, id FROM t ORDER BY id",
)


def table_of(rows):
    """Return a database with a table of the rows and a view on it."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)")
    connection.executemany("INSERT INTO t (a, b, c) VALUES (?, ?, ?)", rows)
    connection.execute("CREATE VIEW v AS SELECT c AS a, a AS b, id FROM t")
    return connection


def fitted(connection, sql, format_name, budget):
    """Return the rows within the budget."""
    return fit_rows(connection.execute(sql), format_name, budget, advice=ADVICE)


def stored_values(connection, sql):
    """Return the rows as SQLite holds them, with text as bytes."""
    connection.text_factory = bytes
    rows = connection.execute(sql).fetchall()
    connection.text_factory = str
    return rows


def as_bytes(value):
    """Return a value in the form of `stored_values`."""
    return value.encode() if isinstance(value, str) else value


@pytest.mark.parametrize("format_name", FORMATS)
@settings(max_examples=40)
@given(rows=ROWS, budget=BUDGETS, sql=st.sampled_from(QUERIES))
def test_no_output_is_longer_than_its_budget(format_name, rows, budget, sql):
    """However large the rows are, the text has no more characters than the budget."""
    with closing(table_of(rows)) as connection:
        assert len(fitted(connection, sql, format_name, budget).text) <= budget


@given(rows=ROWS, budget=BUDGETS, sql=st.sampled_from(QUERIES), lines=st.booleans())
def test_json_parses_and_every_cut_value_can_be_read_whole(rows, budget, sql, lines):
    """A shortened JSON value is the beginning of the value that its handle reads; all others are unchanged."""
    with closing(table_of(rows)) as connection:
        text = fitted(connection, sql, "jsonl" if lines else "json", budget).text
        whole = stored_values(connection, sql)
        objects = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
        shown = [row for row in objects if "$left_out" not in row]
        cut = 0
        for row, values in zip(shown, whole, strict=False):
            for cell, value in zip(row.values(), values, strict=True):
                if isinstance(cell, dict) and "$cut" in cell:
                    cut += 1
                    assert as_bytes(read_cell(connection, cell["cell"], connection.execute(sql))) == value
                    assert value.startswith(cell["$cut"].encode())
                    assert cell.get("characters", cell.get("bytes")) in (
                        len(value),
                        len(value.decode(errors="replace")),
                    )
                elif isinstance(cell, str):
                    assert cell.encode() == value
        left_out = objects[-1]["$left_out"] if len(objects) > len(shown) else None
        assert (left_out is not None) == (cut > 0 or len(shown) < len(whole))
        if left_out:
            assert (left_out["rows_shown"], left_out["rows"], left_out["values_cut"]) == (len(shown), len(whole), cut)


@given(rows=ROWS, budget=BUDGETS, sql=st.sampled_from(QUERIES))
def test_csv_parses_and_every_cut_value_can_be_read_whole(rows, budget, sql):
    """A shortened cell ends with the size of the value and the handle that reads it."""
    with closing(table_of(rows)) as connection:
        found = fitted(connection, sql, "csv", budget)
        whole = stored_values(connection, sql)
        header, *shown = csv.reader(io.StringIO(found.text, newline=""))
        cut = 0
        for row, values in zip(shown, whole, strict=False):
            assert len(row) == len(header)
            for cell, value in zip(row, values, strict=True):
                if mark := re.search(r"\[[\d,]+ (?:characters|bytes): (\S+)\]\Z", cell):
                    cut += 1
                    assert as_bytes(read_cell(connection, mark[1], connection.execute(sql))) == value
                elif isinstance(value, bytes) and cell.encode() != value:
                    assert len(value) <= 16  # a short BLOB is written in base64
        assert (found.note is not None) == (cut > 0 or len(shown) < len(whole))


@given(rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=8), budget=BUDGETS)
def test_tsv_has_a_line_for_each_row_it_shows(rows, budget):
    """Each line has as many fields as the header, shortened or not."""
    with closing(table_of(rows)) as connection:
        lines = fitted(connection, QUERIES[0], "tsv", budget).text.split("\n")
        assert {len(line.split("\t")) for line in lines[:-1]} == {4}


def test_everything_is_shown_where_it_fits():
    """Rows that fit are written as without a budget, and without a note."""
    with closing(table_of([("a", "b" * 300, 3)])) as connection:
        found = fitted(connection, QUERIES[0], "jsonl", 500)
    assert (json.loads(found.text)["b"], found.note) == ("b" * 300, None)


def test_short_values_are_never_cut_for_long_ones():
    """Of one long value among many short ones only the long one is shortened."""
    with closing(table_of([("short", "b", "c"), ("x" * 100_000, "also short", 1)])) as connection:
        rows = json.loads(fitted(connection, QUERIES[0], "json", 1500).text)
    assert [rows[0]["a"], rows[1]["b"]] == ["short", "also short"]
    assert rows[1]["a"]["characters"] == 100_000
    assert 900 < len(rows[1]["a"]["$cut"]) < 1500


def test_rows_are_left_out_only_where_short_cells_do_not_help():
    """If even short cells do not fit, as many rows as fit are shown with the number of all rows."""
    with closing(table_of([("x" * 1000, None, None)] * 300)) as connection:
        *rows, note = json.loads(fitted(connection, QUERIES[0], "json", 3000).text)
    assert 10 < len(rows) < 20
    assert note["$left_out"]["rows"] == 300


@pytest.mark.parametrize("format_name", FORMATS)
def test_columns_too_many_for_one_row(format_name):
    """If not even the column names fit, only the note is shown."""
    names = ", ".join(f"'v' AS a_long_name_of_a_column_{number}" for number in range(100))
    with closing(table_of([])) as connection:
        found = fitted(connection, f"SELECT {names}", format_name, 500)
    assert len(found.text) <= 500
    assert "0 of 1 rows" in (found.note or found.text) or '"rows_shown": 0, "rows": 1' in found.text


def test_an_endless_query_is_not_counted_to_its_end():
    """Rows that are not shown are counted up to a bound."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with closing(table_of([])) as connection:
        *rows, note = json.loads(fitted(connection, endless, "json", 1000).text)
    assert rows[0] == {"i": 1}
    assert note["$left_out"]["rows"] == "more than 11,001"  # 1001 rows of two characters may have fitted


def test_an_error_on_the_way_keeps_the_rows_before_it():
    """Rows before an error are formatted, and the error can be raised afterwards."""
    with closing(table_of([('{"a": 1}', 0, 0)] * 3 + [("no json", 0, 0)])) as connection:
        found = fitted(connection, "SELECT json_extract(a, '$.a') AS a FROM t", "jsonl", 500)
    assert found.text.startswith('{"a": 1}\n')
    assert isinstance(found.error, BundleQueryError)


def test_text_that_is_not_utf_8_is_cut_like_a_blob():
    """The handle of text that is not UTF-8 reads its bytes."""
    sql = "SELECT CAST(zeroblob(3000) || x'ff' AS TEXT) AS odd"
    with closing(table_of([])) as connection:
        (row, _) = json.loads(fitted(connection, sql, "json", 500).text)
        assert read_cell(connection, row["odd"]["cell"], connection.execute(sql)) == bytes(3000) + b"\xff"
    assert row["odd"]["bytes"] == 3001
