"""The formats for programs write every value, whatever it is."""

from __future__ import annotations

import base64
import csv
import io
import json
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.errors import BundleQueryError
from wink_debug_bundle.explore.row_output.formats import FORMATS, write_rows

NOT_UTF_8 = "CAST(x'63ff' AS TEXT)"


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """Return an empty database."""
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


def written(connection: sqlite3.Connection, sql: str, format_name: str, parameters=(), **options) -> str:
    """Return the rows of a query in a format."""
    stream = io.StringIO(newline="")
    write_rows(connection.execute(sql, parameters), stream, format_name, **options)
    return stream.getvalue()


class TestEvery:
    """Properties of all formats."""

    @pytest.mark.parametrize("format_name", FORMATS)
    def test_the_number_of_rows(self, database, format_name):
        """The number of rows is returned."""
        cursor = database.execute("VALUES (1), (2), (3)")
        assert write_rows(cursor, io.StringIO(), format_name) == 3

    @pytest.mark.parametrize("format_name", FORMATS)
    def test_text_that_is_not_utf_8(self, database, format_name):
        """Text that is not UTF-8 does not end the output; the rows after it are written."""
        assert "after" in written(database, f"SELECT {NOT_UTF_8} AS x UNION ALL SELECT 'after'", format_name)

    @pytest.mark.parametrize("format_name", FORMATS)
    def test_an_error_after_some_rows(self, database, format_name):
        """A query that fails after some rows raises BundleQueryError."""
        cursor = database.execute("SELECT json_extract(value, '$.a') FROM json_each('[\"{}\", \"{broken\"]')")
        with pytest.raises(BundleQueryError, match="malformed JSON"):
            write_rows(cursor, io.StringIO(), format_name)

    def test_rows_are_not_collected(self, database):
        """Rows are written while they are read, even those of an endless query."""

        class Full(io.StringIO):
            def write(self, text):
                if self.tell() > 1_000_000:
                    raise BrokenPipeError
                return super().write(text)

        cursor = database.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n")
        with pytest.raises(BrokenPipeError):
            write_rows(cursor, Full(), "jsonl")

    def test_the_connection_is_as_before(self, database):
        """The caller's connection decodes text as it did before."""
        written(database, "SELECT 'x'", "csv")
        assert database.text_factory is str

    def test_no_statement(self, database):
        """SQL without a statement has no rows to write."""
        with pytest.raises(BundleQueryError, match="no SQL statement"):
            written(database, "-- nothing", "csv")


class TestJson:
    """`json` and `jsonl`."""

    def test_an_array_of_objects(self, database):
        """`json` is one array, one row on each line."""
        text = written(database, "VALUES (1, 'a'), (2, NULL)", "json")
        assert text == '[\n  {"column1": 1, "column2": "a"},\n  {"column1": 2, "column2": null}\n]\n'

    def test_no_rows(self, database):
        """Without rows the output is an empty array, or no line."""
        assert written(database, "SELECT 1 WHERE 0", "json") == "[]\n"
        assert written(database, "SELECT 1 WHERE 0", "jsonl") == ""

    def test_an_object_for_each_line(self, database):
        """`jsonl` has one object per line."""
        assert written(database, "VALUES (1), (2)", "jsonl") == '{"column1": 1}\n{"column1": 2}\n'

    def test_a_blob(self, database):
        """A BLOB is written as an object that says that it is one."""
        (row,) = json.loads(written(database, "SELECT x'00ff' AS x", "json"))
        assert row == {"x": {"$base64": True, "encoded": "AP8="}}

    def test_text_that_is_not_utf_8_keeps_its_bytes(self, database):
        """Text that is not UTF-8 is written like a BLOB."""
        (row,) = json.loads(written(database, f"SELECT {NOT_UTF_8} AS x", "json"))
        assert base64.b64decode(row["x"]["encoded"]) == b"c\xff"

    def test_infinity(self, database):
        """Infinity, which JSON cannot express, is null; the rest of the row stays."""
        assert json.loads(written(database, "SELECT 9e999 AS x, -9e999 AS y, 1.5 AS z", "jsonl")) == {
            "x": None,
            "y": None,
            "z": 1.5,
        }

    def test_column_names_that_come_again(self, database):
        """A repeated column name gets a number that makes it unique."""
        row = json.loads(written(database, "SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a", "jsonl"))
        assert row == {"a": 1, "a_3": 2, "a_2": 3, "a_4": 4}

    @pytest.mark.parametrize("char", ["\x1b", "\x7f", "\x9b", "\u202e", "\u2028"])
    def test_characters_that_drive_a_terminal(self, database, char):
        """Control characters are written as JSON escapes, with the same meaning."""
        text = written(database, "SELECT ? AS x", "jsonl", (char,))
        assert char not in text
        assert json.loads(text) == {"x": char}

    def test_text_is_readable(self, database):
        """Letters beyond ASCII are not escaped."""
        assert "é東🧳" in written(database, "SELECT 'é東🧳'", "json")

    @given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text())))
    def test_values_come_back(self, values):
        """Values that JSON can express are read back unchanged; infinity is null."""
        values = [value if not isinstance(value, str) else value.encode(errors="replace").decode() for value in values]
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
        rows = json.loads(written(connection, "SELECT x FROM t ORDER BY rowid", "json"))
        connection.close()
        assert [row["x"] for row in rows] == [
            None if value in (float("inf"), -float("inf")) else value for value in values
        ]


class TestCsv:
    """`csv`, as RFC 4180 defines it, with lines that end in LF."""

    def test_header_and_line_ends(self, database):
        """The output has a header, LF line ends and doubled quotes."""
        text = written(database, """SELECT 1 AS "a,b", 'say "hi"' AS c""", "csv")
        assert text == '"a,b",c\n1,"say ""hi"""\n'

    def test_null_is_an_empty_field(self, database):
        """NULL and empty text are both written as an empty field."""
        assert written(database, "SELECT NULL, '', 1", "csv").splitlines()[1] == ",,1"

    def test_a_blob(self, database):
        """A BLOB is base64."""
        assert written(database, "SELECT x'00ff'", "csv").splitlines()[1] == "AP8="

    @given(st.lists(st.text(), min_size=1))
    def test_text_comes_back(self, cells):
        """Any text is read back unchanged, line ends included."""
        cells = [cell.encode(errors="replace").decode() for cell in cells]
        connection = sqlite3.connect(":memory:")
        sql = "SELECT " + ", ".join("?" * len(cells))
        text = written(connection, sql, "csv", cells) if len(cells) <= 2000 else ""
        connection.close()
        _, row = csv.reader(io.StringIO(text, newline=""))
        assert row == cells

    @pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\0x", "\uff1d1", " =1"])
    def test_formulas_stay_text(self, database, cell):
        """With csv_safe, text that a spreadsheet would run as a formula gets a quote before it."""
        (_, row) = csv.reader(io.StringIO(written(database, "SELECT ?", "csv", (cell,), csv_safe=True), newline=""))
        assert row == [f"'{cell}"]

    @pytest.mark.parametrize("format_name", ["csv", "tsv"])
    def test_names_and_bytes_stay_text(self, database, format_name):
        """With csv_safe, column names and Base64 that begins with a plus sign get a quote too."""
        text = written(database, """SELECT x'f8f8f8' AS "=1+1" """, format_name, csv_safe=True)
        assert text.split() == ["'=1+1", "'+Pj4"]

    def test_numbers_are_unchanged(self, database):
        """With csv_safe, negative numbers and other text stay unchanged."""
        assert written(database, "SELECT -5, 'a=b'", "csv", csv_safe=True).splitlines()[1] == "-5,a=b"


class TestTsv:
    """`tsv`, as in PostgreSQL's COPY."""

    def test_one_line_for_each_row(self, database):
        """Tabs, line ends and backslashes are escaped."""
        text = written(database, "SELECT ? AS x, 2 AS y", "tsv", ("a\tb\nc\rd\\e",))
        assert text == "x\ty\na\\tb\\nc\\rd\\\\e\t2\n"

    def test_null_differs_from_empty_text(self, database):
        r"""NULL is `\N`, empty text is empty, and text that looks like NULL is escaped."""
        assert written(database, r"SELECT NULL, '', '\N'", "tsv").splitlines()[1] == "\\N\t\t\\\\N"

    def test_a_blob(self, database):
        """A BLOB is base64."""
        assert written(database, "SELECT x'00ff'", "tsv").splitlines()[1] == "AP8="

    def test_formulas_stay_text(self, database):
        """With csv_safe, text that a spreadsheet would run as a formula gets a quote before it."""
        assert written(database, "SELECT '=1'", "tsv", csv_safe=True).splitlines()[1] == "'=1"
