"""Tables on a terminal: what matters is readable, and what is shortened, dropped or left out is said."""

from __future__ import annotations

import io
import sqlite3

import pytest
import wcwidth

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.row_output.formats import write_rows
from wink_debug_bundle.explore.row_output.screen import RowLimits, Screen
from wink_debug_bundle.explore.saved_queries import saved_queries, saved_query

ID = "4d205ef2-1111-4853-98c6-7699c70981b7"
OTHER_ID = "4d205ef2-2222-4853-98c6-7699c70981b7"
TEXT = "The tool call was refused by the sandbox"


def shown(sql, width, parameters=(), *, is_terminal=True, limits=None):
    """Return the lines of the table of a query that needs no bundle."""
    connection = sqlite3.connect(":memory:")
    stream = io.StringIO()
    write_rows(connection.execute(sql, parameters), stream, "table", screen=Screen(width, is_terminal, limits))
    connection.close()
    return stream.getvalue().splitlines()


def values(*rows):
    """Return SQL that gives these rows, with their names c0, c1 and so on."""
    columns = ", ".join(f"column{number} AS c{number - 1}" for number in range(1, len(rows[0]) + 1))
    cells = ", ".join("(" + ", ".join("NULL" if cell is None else repr(cell) for cell in row) + ")" for row in rows)
    return f"SELECT {columns} FROM (VALUES {cells})"


def saved(bundle, name, width):
    """Return what a terminal of this width shows of a saved query."""
    query = saved_query(name)
    stream = io.StringIO()
    with DebugBundle.open(bundle) as source:
        cursor = source.query(query.sql, dict.fromkeys(query.parameters))
        write_rows(cursor, stream, "table", screen=Screen(width, is_terminal=True, limits=RowLimits()))
    return stream.getvalue()


class TestSavedQueries:
    """The tables that people see first."""

    def test_reasons_are_readable_at_80_columns(self, release_bundle):
        """The reasons of failures and their examples are whole at 80 columns."""
        text = saved(release_bundle("0.27.0"), "failure-reasons", 80)
        assert "    reason:  PromptEvaluationError: connection reset by <address>" in text
        assert "    example: connection reset by 10.0.0.7:443" in text
        assert "    example: expected '2', got '3'\n" in text

    @pytest.mark.parametrize("width", [20, 40, 80, 120])
    def test_every_line_fits(self, release_bundle, width):
        """Every line of every saved query fits the terminal."""
        bundle = release_bundle("0.27.0")
        parameterless = [query.name for query in saved_queries() if query.name != "find-text"]
        wide = {
            name: line
            for name in parameterless
            for line in saved(bundle, name, width).splitlines()
            if wcwidth.wcswidth(line) > width
        }
        assert wide == {}


class TestWhatFits:
    """A table that fits is shown as it is."""

    def test_nothing_is_shortened_or_dropped(self):
        """Ids, times and NULL are whole where there is room."""
        row = (ID, "2026-11-22T23:34:59.123456+00:00", None)
        assert shown(values(row), 80)[2] == f"{ID}  2026-11-22T23:34:59.123456+00:00  NULL"


class TestTimes:
    """Times, where the table does not fit otherwise."""

    def test_one_day(self):
        """Times of one day are shown without it, to the second, and the note names the day."""
        sql = values(("2026-11-22T08:00:00.123456+00:00", TEXT), ("2026-11-22T09:30:00Z", TEXT))
        lines = shown(sql, 60)
        assert [line.split()[0] for line in lines[2:4]] == ["08:00:00", "09:30:00"]
        assert "Times are on 2026-11-22 UTC, to seconds" in " ".join(lines)

    def test_several_days(self):
        """Times of several days keep the day."""
        sql = values(("2026-11-22T08:00:00.123456+00:00", TEXT), ("2026-11-23T08:00:00.1+00:00", TEXT))
        assert shown(sql, 62)[2].startswith("2026-11-22 08:00:00  ")

    def test_one_minute(self):
        """Times within one minute keep their milliseconds, as seconds would be alike."""
        sql = values(("2026-11-22T08:00:01.123456+00:00", TEXT), ("2026-11-22T08:00:01.4+00:00", TEXT))
        lines = shown(sql, 60)
        assert [line.split()[0] for line in lines[2:4]] == ["08:00:01.123", "08:00:01.4"]

    def test_several_zones(self):
        """Times of several zones keep the zone."""
        sql = values(("2026-11-22T08:00:00.123456+01:00", TEXT), ("2026-11-22T09:00:00.123456+00:00", TEXT))
        assert shown(sql, 60)[2].startswith("08:00:00+01:00  ")

    def test_other_text_is_not_touched(self):
        """A column that holds one other text is shown unchanged."""
        sql = values(("2026-11-22T08:00:00Z", TEXT), ("yesterday", TEXT))
        assert shown(sql, 60)[3].startswith("yesterday")
        assert "2026-11-22" in shown(sql, 60)[2]


class TestIds:
    """Ids, where the table does not fit otherwise."""

    def test_first_characters(self):
        """An id is shown by its first eight characters and a mark, and the note says so."""
        lines = shown(values((ID, TEXT), (ID, TEXT)), 60)
        assert lines[2].startswith("4d205ef2…  The tool")
        assert "Ids are shortened" in lines[-1]

    def test_as_many_as_tell_them_apart(self):
        """Ids with the same first characters are shown by more of them."""
        lines = shown(values((ID, TEXT), (OTHER_ID, TEXT)), 60)
        assert [line.split()[0] for line in lines[2:4]] == ["4d205ef2-1111…", "4d205ef2-2222…"]

    def test_ids_that_differ_at_the_end(self):
        """Ids that only their last characters tell apart are not shortened."""
        lines = shown(values((ID, TEXT), (f"{ID[:-1]}8", TEXT)), 60)
        assert lines[2] == ID

    def test_columns_are_compared_with_each_other(self):
        """The same beginning in two columns means the same id."""
        lines = shown(values((ID, OTHER_ID, TEXT)), 70)
        assert lines[2].startswith("4d205ef2-1111…  4d205ef2-2222…  ")

    def test_not_without_a_terminal(self):
        """With a width and without a terminal, ids and times stay whole."""
        text = "\n".join(shown(values((ID, "2026-11-22T08:00:00.123456Z", TEXT)), 60, is_terminal=False))
        assert ID in text
        assert "2026-11-22T08:00:00.123456Z" in text


class TestNull:
    """Columns without values."""

    def test_dropped_and_said(self):
        """A column that is NULL in all rows is dropped where the table does not fit, and named."""
        lines = shown(values((1, None, TEXT), (2, None, TEXT)), 40)
        assert lines[0].split() == ["c0", "c2"]
        assert " ".join(lines[-2:]) == "(NULL in all rows: c1. Whole: --no-truncate)"

    def test_a_column_with_one_value_is_kept(self):
        """A column that has a value in one row is shown."""
        assert "c1" in shown(values((1, None, TEXT), (2, "x", TEXT)), 40)[0]

    def test_only_null(self):
        """Columns are not dropped if none would be left."""
        lines = shown("SELECT NULL AS a_name_that_is_long, NULL AS another_name_that_is_long", 30)
        assert "NULL" in lines[-1]
        assert not any(line.startswith("(") for line in lines)


class TestLayouts:
    """Where values stand."""

    def test_prose_gets_the_width(self):
        """The width that is left goes to prose, not to the JSON beside it."""
        json = '{"key":"' + "x" * 60 + '"}'
        line = shown(values((json, TEXT)), 60)[2]
        assert line.endswith(f"  {TEXT}")

    def test_the_longest_values_stand_below(self):
        """Values that would be cut to some letters stand below their row, whole."""
        row = ("a" * 12, "b" * 12, "c" * 12, TEXT, "x" * 50)
        lines = shown(values(row), 60)
        assert lines[2:] == [f"{'a' * 12}  {'b' * 12}  {'c' * 12}", f"    c3: {TEXT}", f"    c4: {'x' * 50}"]

    def test_long_names_are_broken(self):
        """A heading that is wider than its numbers is broken after an underscore."""
        names = ", ".join(f"{number} AS some_long_name_{number}" for number in range(6))
        lines = shown(f"SELECT {names}", 60)
        assert lines[0].split() == ["some_"] * 6 or lines[0].split()[0].startswith("some_")
        assert lines[-1].split() == ["0", "1", "2", "3", "4", "5"]

    def test_a_record(self):
        """Rows of very many columns are records: name and value, downwards, with whole ids."""
        names = ", ".join(f"'value {number}' AS name_{number:02}" for number in range(40))
        lines = shown(f"SELECT '{ID}' AS id, {names}", 60)
        assert lines[:3] == ["Row 1", f"    id:      {ID}", "    name_00: value 0"]
        assert len(lines) == 42

    def test_long_values_are_wrapped_and_cut_after_some_lines(self):
        """A value below its row is wrapped at spaces, and marked if it is cut."""
        names = ", ".join(f"1 AS name_{number:02}" for number in range(40))
        lines = shown(f"SELECT '{'word ' * 100}' AS text, {names}", 60)
        assert lines[1].endswith(" word")
        assert lines[4].endswith("…")
        assert lines[5] == "    name_00: 1"

    def test_hostile_names_and_values(self):
        """Names and values below a row have their control characters escaped, like all others."""
        names = ", ".join(f"'\x1b[2J' AS 'name\x1b{number}'" for number in range(40))
        text = "\n".join(shown(f"SELECT {names}", 60))
        assert "\x1b" not in text
        assert r"name\x1b39: \x1b[2J" in text


class TestRowLimit:
    """How many rows a terminal shows."""

    NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT {} FROM n"

    def test_said(self):
        """The last line says how many rows there are, and how to get them."""
        lines = shown(self.NUMBERS.format(1234, "i"), 80, limits=RowLimits(in_lines=50))
        assert lines[-2:] == ["50", "(50 of 1,234 rows; all of them: --all)"]

    def test_as_many_rows_as_the_limit(self):
        """A result of exactly as many rows is whole."""
        assert shown(self.NUMBERS.format(50, "i"), 80, limits=RowLimits(in_lines=50))[-1] == "50"

    def test_very_many_rows(self):
        """Rows without end are not counted to the end."""
        lines = shown(self.NUMBERS.format(-1, "i"), 80, limits=RowLimits(in_lines=50))
        assert lines[-1] == "(50 of more than 10,050 rows; all of them: --all)"

    def test_rows_of_several_lines(self):
        """Fewer rows are shown where each takes several lines."""
        sql = self.NUMBERS.format(30, f"i, '{'x' * 70}' AS a, '{'y' * 70}' AS b, '{'z' * 70}' AS c, '{'w' * 70}' AS d")
        lines = shown(sql, 60, limits=RowLimits(with_values_below=20))
        assert lines[-1] == "(20 of 30 rows; all of them: --all)"

    def test_no_limit(self):
        """Without a limit, every row is shown."""
        assert len(shown(self.NUMBERS.format(1234, "i"), 80)) == 1236
