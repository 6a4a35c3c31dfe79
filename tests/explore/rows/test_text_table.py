"""Tables for people: aligned, safe to print, and with a mark on every shortened cell."""

from __future__ import annotations

import io
import sqlite3

import pytest
import wcwidth

from wink_debug_bundle.explore.row_output.formats import write_rows
from wink_debug_bundle.explore.row_output.screen import Screen

DANGEROUS = ["\x00", "\x07", "\x08", "\x1b", "\x7f", "\x85", "\x9b", "\u200f", "\u2028", "\u202e", "\u2066", "\ufeff"]


def table(*rows, names=None, width=None, encoding="utf-8"):
    """Return the lines of a table with these rows."""
    connection = sqlite3.connect(":memory:")
    columns = names or [f"c{number}" for number in range(len(rows[0]))]
    quoted = ", ".join(f'? AS "{name}"' for name in columns)
    sql = " UNION ALL ".join([f"SELECT {quoted}"] * len(rows))
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding, newline="")
    write_rows(connection.execute(sql, [cell for row in rows for cell in row]), stream, "table", screen=Screen(width))
    connection.close()
    stream.flush()
    return buffer.getvalue().decode(encoding).removesuffix("\n").split("\n")


def numbers(sql, width=None):
    """Return the lines of a table of a query that needs no database."""
    connection = sqlite3.connect(":memory:")
    stream = io.StringIO()
    write_rows(connection.execute(sql), stream, "table", screen=Screen(width))
    connection.close()
    return stream.getvalue().splitlines()


class TestCells:
    """The form of a cell."""

    def test_text_and_numbers(self):
        """Text is aligned to the left, numbers to the right."""
        assert table(["a", 5], ["bbb", 1000], names=["text", "number"]) == [
            "text  number",
            "----  ------",
            "a          5",
            "bbb     1000",
        ]

    def test_null(self):
        """NULL is shown as the word NULL."""
        assert table([None, "x"])[2] == "NULL  x"

    def test_line_ends(self):
        r"""Line ends and tabs are shown as `\n`, `\r` and `\t`, so that a row is a line."""
        assert table(["one\ntwo\r\n\tthree"])[2] == r"one\ntwo\r\n\tthree"

    @pytest.mark.parametrize("char", DANGEROUS)
    def test_control_characters(self, char):
        """Characters that control a terminal or reorder a line are escaped."""
        (shown,) = table([f"a{char}b"])[2:]
        assert shown in (f"a\\x{ord(char):02x}b", f"a\\u{ord(char):04x}b")

    def test_control_characters_in_a_column_name(self):
        """Column names are escaped too."""
        assert table([1], names=["a\x1b[2J"])[0] == r"a\x1b[2J"

    def test_blobs(self):
        """A short BLOB is shown in hexadecimal, a long one by its size."""
        assert table([b"\x00\xff", b"x" * 2000])[2] == "x'00ff'  <2,000 bytes>"

    def test_text_that_is_not_utf_8(self):
        r"""Bytes in text that are not UTF-8 are shown as `\xff`."""
        assert numbers("SELECT CAST(x'63ff64' AS TEXT)")[2] == r"c\xffd"


class TestWidths:
    """The widths of columns."""

    @pytest.mark.parametrize("wide", ["東京", "🧳", "👨‍👩‍👧‍👦", "cafe\u0301", "👋🏽"])
    def test_wide_characters_are_aligned(self, wide):
        """The next column begins at the same position, however wide the characters are."""
        lines = table([wide, "|"], ["narrow", "|"])
        assert {wcwidth.wcswidth(line.partition("|")[0]) for line in lines[2:]} == {8}

    def test_long_cells_are_whole_without_a_width(self):
        """Without a width no cell is shortened."""
        assert table(["x" * 5000, "end"])[2] == "x" * 5000 + "  end"

    def test_one_long_cell_does_not_pad_the_others(self):
        """A very long cell only shifts its own line."""
        assert len(table(["x" * 5000, "end"], ["y", "end"])[3]) < 100

    @pytest.mark.parametrize("width", [20, 40, 79])
    def test_lines_fit_the_width(self, width):
        """With a width every line fits, even with wide characters."""
        lines = table(["東京" * 50, "x" * 50, 1], ["é" * 50, "short", 2], width=width)
        assert max(wcwidth.wcswidth(line) for line in lines) <= width

    def test_a_cut_is_marked(self):
        """A shortened cell ends with a mark, and a cell that fits does not."""
        (cut, whole) = table(["x" * 50], ["short"], width=20)[2:]
        assert (cut, whole) == ("x" * 19 + "…", "short")

    def test_the_mark_is_ascii_where_the_stream_is(self):
        """If the terminal can only show ASCII, the mark is three dots."""
        assert table(["x" * 50], width=20, encoding="ascii")[2] == "x" * 17 + "..."

    def test_the_widest_column_is_shortened_first(self):
        """The widest column is shortened first."""
        assert table(["2026-01-02", "x" * 100], width=40)[2] == "2026-01-02  " + "x" * 27 + "…"

    def test_later_rows_are_printed(self):
        """Rows after the sample are printed, even wider ones."""
        sql = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) "
            "SELECT CASE WHEN i < 1400 THEN 'x' ELSE 'longer' END AS t, 'end' AS e FROM n"
        )
        lines = numbers(sql)
        assert len(lines) == 1502
        assert lines[-1] == "longer  end"

    def test_later_rows_use_the_room_there_is(self):
        """A later, longer cell is not shortened if its line fits."""
        sql = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) "
            "SELECT CASE WHEN i < 1400 THEN 'x' ELSE 'longer' END AS t, 'end' AS e FROM n"
        )
        assert numbers(sql, width=40)[-1] == "longer  end"
