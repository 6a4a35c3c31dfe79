"""`query`: the source of the SQL, the parameters, the output and the refusals."""

from __future__ import annotations

import csv
import io
import json

import pytest
from support.artifact_samples import column
from support.command_runner import ENDLESS_SUM_SQL, run


def cells(bundle, sql, *arguments):
    """Return the rows of a query from the JSON output."""
    result = run("query", bundle, sql, "--format", "json", *arguments)
    assert result.exit_code == 0, result.output
    return [list(row.values()) for row in json.loads(result.stdout)]


class TestStatement:
    """The source of the SQL."""

    def test_an_argument(self, run_bundle):
        """The specification's first example prints a table."""
        result = run("query", run_bundle, "SELECT tool_name, COUNT(*) FROM tool_invocations GROUP BY tool_name")
        header, rule, *lines = result.stdout.splitlines()
        assert header.split() == ["tool_name", "COUNT(*)"]
        assert set(rule) == {"-", " "}
        assert len(lines) == column(run_bundle, "SELECT count(DISTINCT tool_name) FROM tool_invocations")[0]

    def test_options_may_come_first(self, run_bundle):
        """The specification's second example has the format before the SQL."""
        result = run("query", run_bundle, "--format", "json", "SELECT * FROM error_log LIMIT 10")
        assert list(json.loads(result.stdout)[0])[:2] == ["timestamp", "level"]

    def test_a_file(self, run_bundle, tmp_path):
        """--file reads the SQL from a file, with or without a byte order mark."""
        (tmp_path / "q.sql").write_bytes(b"\xef\xbb\xbfSELECT 'from a file'")
        assert "from a file\n" in run("query", run_bundle, "-F", tmp_path / "q.sql").stdout

    @pytest.mark.parametrize("arguments", [[], ["-"], ["-F", "-"]])
    def test_standard_input(self, run_bundle, arguments):
        """The SQL is read from standard input if it, or its file, is `-`, or if it is not given."""
        assert "from stdin\n" in run("query", run_bundle, *arguments, stdin="SELECT 'from stdin'").stdout

    def test_a_saved_query(self, run_bundle):
        """--name runs a saved query."""
        shown = run("query", run_bundle, "--name", "tool-success").stdout
        assert "find_trains" in shown

    def test_a_saved_query_takes_parameters(self, run_bundle):
        """--param sets a parameter of a saved query."""
        found = run("query", run_bundle, "--name", "find-text", "--format", "jsonl", "-p", "text", "charge_card")
        missing = run("query", run_bundle, "--name", "find-text", "--format", "jsonl", "-p", "text", "no such text")
        assert found.stdout.count("tool_calls") > 0
        assert (missing.exit_code, missing.stdout) == (0, "")

    def test_parameters_of_a_saved_query_are_optional(self, run_bundle):
        """A saved query's parameter that is not given is NULL."""
        assert run("query", run_bundle, "--name", "find-text").exit_code == 0

    def test_an_unknown_parameter_of_a_saved_query(self, run_bundle):
        """The message about an unknown parameter lists the saved query's parameters."""
        result = run("query", run_bundle, "--name", "find-text", "-p", "txt", "x")
        assert result.exit_code == 2
        assert "has no parameter 'txt'; it has: text" in result.stderr

    def test_an_unknown_name(self, run_bundle):
        """The message about an unknown saved query lists the existing names."""
        result = run("query", run_bundle, "--name", "nope")
        assert result.exit_code == 2
        assert "no saved query is called 'nope'; there are: tool-success" in result.stderr

    def test_names_need_no_bundle(self):
        """--list lists the saved queries with their titles, without a bundle."""
        result = run("query", "--list")
        assert result.exit_code == 0
        assert "tool-success\n    What tools were called" in result.stdout
        assert max(map(len, result.stdout.splitlines())) <= 80

    @pytest.mark.parametrize(
        ("arguments", "stdin", "message"),
        [
            ([""], None, "The SQL is empty"),
            ([], " \n", "The SQL is empty"),
            (["SELECT 1", "--file", "x.sql"], None, "Give one of"),
            (["SELECT 1", "--name", "x"], None, "Give one of"),
            ([], b"SELECT '\xff'", "standard input: the SQL is not UTF-8 (byte 8)"),
            (["SELECT 1", "--format", "xml"], None, "'xml' is not one of"),
            (["SELECT 1", "--format", "json", "--width", "80"], None, "for --format table"),
            (["SELECT 1", "--format", "json", "--no-truncate"], None, "for --format table"),
            (["SELECT 1", "--format", "json", "--all"], None, "for --format table"),
            (["SELECT 1", "--width", "80", "--no-truncate"], None, "contradict"),
            (["SELECT 1", "--csv-safe"], None, "for --format csv and tsv"),
            (["SELECT 1", "--budget", "499"], None, "499 is not in the range x>=500"),
            (["SELECT 1", "--budget", "500", "--width", "80"], None, "--budget decides what is cut"),
            (["SELECT 1", "--budget", "500", "--no-truncate"], None, "--budget decides what is cut"),
            (["SELECT 1", "--budget", "500", "--all"], None, "--budget decides what is cut"),
        ],
    )
    def test_wrong_usage(self, run_bundle, arguments, stdin, message):
        """Options that cannot be combined end with exit code 2 and the reason."""
        result = run("query", run_bundle, *arguments, stdin=stdin)
        assert result.exit_code == 2
        assert message in result.stderr

    def test_a_missing_sql_file(self, run_bundle):
        """The message about a missing SQL file names it."""
        result = run("query", run_bundle, "-F", "/no/q.sql")
        assert (result.exit_code, result.stderr) == (1, "Error: /no/q.sql: No such file or directory\n")

    def test_only_a_comment(self, run_bundle):
        """SQL that is only a comment is an error, not an empty result."""
        result = run("query", run_bundle, stdin="-- nothing\n")
        assert result.exit_code == 1
        assert "there is no SQL statement" in result.stderr


class TestParameters:
    """The values that --param binds."""

    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [
            ("42", "integer", 42),
            ("-1", "integer", -1),
            ("-1.5", "real", -1.5),
            ("2.5e3", "real", 2500.0),
            ("9223372036854775807", "integer", 2**63 - 1),
            ("9223372036854775808", "text", "9223372036854775808"),
            ("007", "text", "007"),
            ("1e5", "text", "1e5"),
            ("٣", "text", "٣"),
            ("", "text", ""),
            ("nan", "text", "nan"),
            ("it's", "text", "it's"),
        ],
    )
    def test_numbers_are_numbers(self, run_bundle, text, kind, value):
        """A value that SQLite can hold as a number is bound as one, any other as text."""
        assert cells(run_bundle, "SELECT typeof(:x), :x", "-p", "x", text) == [[kind, value]]

    def test_several(self, run_bundle):
        """--param may be repeated, with or without the colon."""
        assert cells(run_bundle, "SELECT :a || :b", "-p", "a", "x", "--param", ":b", "y") == [["xy"]]

    def test_a_missing_value(self, run_bundle):
        """The message about a placeholder without a value names it and the option that sets it."""
        result = run("query", run_bundle, "SELECT :session")
        assert result.exit_code == 1
        assert ":session" in result.stderr
        assert "Give it with --param NAME VALUE." in result.stderr

    def test_given_twice(self, run_bundle):
        """Two values for one placeholder are an error."""
        result = run("query", run_bundle, "SELECT :a", "-p", "a", "1", "-p", ":a", "2")
        assert (result.exit_code, "'a' is given twice" in result.stderr) == (2, True)

    def test_a_value_that_is_not_utf_8(self, run_bundle):
        """The message about a value that is not UTF-8 names the parameter."""
        result = run("query", run_bundle, "SELECT :a", "-p", "a", "\udcff")
        assert (result.exit_code, "the value of 'a' is not UTF-8" in result.stderr) == (2, True)

    def test_a_question_mark(self, run_bundle):
        """A `?` cannot get a value; the message says what to write instead."""
        result = run("query", run_bundle, "SELECT ?", "-p", "a", "1")
        assert result.exit_code == 1
        assert "). Write :name instead of ?" in result.stderr


class TestRows:
    """The printed rows."""

    def test_an_empty_result(self, run_bundle):
        """An empty result prints only the header, and the exit code is 0."""
        result = run("query", run_bundle, "SELECT event, level FROM logs WHERE 0")
        assert (result.exit_code, result.stdout) == (0, "event  level\n-----  -----\n")

    def test_no_row_is_lost(self, run_bundle):
        """A table has every row, including those after the sample that sets its column widths."""
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n"
        assert run("query", run_bundle, numbers).stdout.split()[2:] == [str(number) for number in range(1, 2501)]

    def test_csv(self, run_bundle):
        """CSV has the values of the database unchanged."""
        result = run("query", run_bundle, "SELECT path, size_bytes FROM files ORDER BY id", "--format", "csv")
        header, *found = csv.reader(io.StringIO(result.stdout_bytes.decode(), newline=""))
        assert header == ["path", "size_bytes"]
        assert [path for path, _ in found] == column(run_bundle, "SELECT path FROM files ORDER BY id")

    def test_csv_safe(self, run_bundle):
        """--csv-safe puts a quote before text that a spreadsheet would run as a formula."""
        result = run("query", run_bundle, "SELECT '=1+1' AS x, -5 AS y", "--format", "csv", "--csv-safe")
        assert result.stdout_bytes == b"x,y\n'=1+1,-5\n"

    def test_width_cuts_long_cells(self, run_bundle):
        """--width shortens long cells and marks them."""
        result = run("query", run_bundle, f"SELECT '{'x' * 99}' AS x, 'end' AS y", "--width", "40")
        assert result.stdout.splitlines()[2] == "x" * 34 + "…  end"

    def test_cells_are_whole_without_a_terminal(self, run_bundle):
        """Without a terminal and without --width cells are not shortened."""
        assert f"{'x' * 999}\n" in run("query", run_bundle, f"SELECT '{'x' * 999}'").stdout


class TestFailures:
    """Failing queries and their messages."""

    def test_wrong_sql(self, run_bundle):
        """A syntax error names the bundle and the place."""
        result = run("query", run_bundle, "SELEKT 1")
        assert result.exit_code == 1
        assert result.stderr.startswith(f'Error: {run_bundle}: near "SELEKT": syntax error')

    def test_an_unknown_table(self, run_bundle):
        """The message about an unknown table suggests similar ones."""
        result = run("query", run_bundle, "SELECT * FROM tools")
        assert "no such table: tools; nearest: tool_calls" in result.stderr

    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM logs",
            "DROP TABLE logs",
            "INSERT INTO sessions VALUES ('x', NULL, '', NULL, 'x')",
            "ATTACH '/tmp/other.db' AS other",
            "VACUUM INTO '/tmp/copy.db'",
            "PRAGMA journal_mode = wal",
        ],
    )
    def test_writing_is_refused(self, run_bundle, sql):
        """SQL that would write is refused, and the bundle is unchanged."""
        before = run_bundle.read_bytes()
        result = run("query", run_bundle, sql)
        assert result.exit_code == 1
        assert "a bundle can only be read" in result.stderr
        assert run_bundle.read_bytes() == before

    def test_two_statements(self, run_bundle):
        """Only one statement is run."""
        assert run("query", run_bundle, "SELECT 1; SELECT 2").exit_code == 1

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT ';' AS x;;",
            "SELECT ';' AS x; ; -- done;\n;",
            "SELECT ';' AS x; /* a 'b */ ;",
            "/* a; */ SELECT ';' AS x;;",
        ],
    )
    def test_empty_statements_after_it(self, run_bundle, sql):
        """Semicolons and comments after a statement are no second one."""
        assert run("query", run_bundle, sql).stdout == "x\n-\n;\n"

    @pytest.mark.parametrize("sql", ["SELECT 1;; SELECT 2", "SELECT 1; 'x'", "SELECT 1; -- a\nSELECT 2"])
    def test_a_second_statement_after_an_empty_one(self, run_bundle, sql):
        """A second statement is refused wherever it begins."""
        assert run("query", run_bundle, sql).exit_code == 1

    def test_an_error_after_some_rows(self, run_bundle):
        """An error after some rows names the bundle, and the exit code is 1."""
        sql = 'SELECT json_extract(value, \'$.a\') FROM json_each(\'["{}", "{}", "{broken"]\')'
        result = run("query", run_bundle, sql, "--format", "csv")
        assert result.exit_code == 1
        assert f"Error: {run_bundle}: malformed JSON" in result.stderr

    def test_a_deadline(self, run_bundle):
        """--timeout stops an endless query, and the message says that rows may be missing."""
        result = run("query", run_bundle, ENDLESS_SUM_SQL, "--timeout", "0.2")
        assert result.exit_code == 1
        assert result.stderr == f"Error: {run_bundle}: stopped after 0.2 s; the rows so far are incomplete\n"

    @pytest.mark.parametrize("seconds", ["nan", "inf", "1e300", "0", "-1", ""])
    def test_an_invalid_deadline(self, run_bundle, seconds):
        """A timeout that is not a positive, finite number of seconds is wrong usage."""
        result = run("query", run_bundle, "SELECT 1", "--timeout", seconds)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Invalid value for '--timeout'" in result.stderr

    def test_the_longest_deadline(self, run_bundle):
        """A very long timeout does not stop a query."""
        result = run("query", run_bundle, "SELECT 1", "--timeout", "1e9")
        assert (result.exit_code, result.stderr) == (0, "")

    def test_a_query_within_the_deadline(self, run_bundle):
        """A query that ends before its timeout is not stopped."""
        assert run("query", run_bundle, "SELECT 1", "--timeout", "60").exit_code == 0
