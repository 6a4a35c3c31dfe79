"""What people type: SQL that begins with a comment, both forms of --param, arguments in another order."""

from __future__ import annotations

import json
import shlex

import pytest
from support.command_runner import run

COMMENTED = [
    "-- a comment\nSELECT 1 AS x;",
    "--\nSELECT 1 AS x",
    "--a = b, c\nSELECT 1 AS x",
    "/* a */ SELECT 1 AS x ;",
]


@pytest.mark.parametrize("sql", COMMENTED)
class TestSqlThatBeginsWithAComment:
    """SQL whose first characters look like an option, and SQL that ends with a semicolon."""

    @pytest.mark.parametrize("before", [[], ["--format", "jsonl"]])
    def test_query(self, run_bundle, sql, before):
        """The query takes it as SQL, wherever its options are."""
        result = run("query", run_bundle, *before, sql, "--timeout", "60")
        assert (result.exit_code, result.stdout.split()[-1].strip("}")) == (0, "1")

    def test_export(self, run_bundle, sql):
        """An export takes it as the value of --query."""
        assert run("export", run_bundle, "--query", sql).stdout == "x\n1\n"

    def test_cell(self, run_bundle, sql):
        """A handle of such a query is read with the same SQL."""
        long = sql.replace("1 AS x", f"'{'y' * 5000}' AS x")
        shown = json.loads(run("query", run_bundle, long, "--format", "json", "--budget", "600").stdout)
        assert run("cell", run_bundle, shown[0]["x"]["cell"], long).stdout == "y" * 5000


class TestUnknownOptions:
    """What looks like an option and is none."""

    @pytest.mark.parametrize(
        ("option", "message"),
        [
            ("--fromat", "No such option '--fromat'. Did you mean '--format'?"),
            ("--fromat=json", "No such option '--fromat'. Did you mean '--format'?"),
            ("-z", "No such option '-z'"),
            ("--comment-without-sql", "No such option"),
        ],
    )
    @pytest.mark.parametrize("command", ["query", "export", "cat", "cell", "schema", "show", "search"])
    def test_refused(self, run_bundle, command, option, message):
        """It is refused, and not taken for SQL or a name."""
        result = run(command, run_bundle, option)
        assert result.exit_code == 2
        assert message.split(".")[0] in result.stderr

    def test_after_two_hyphens(self, run_bundle):
        """After `--`, everything is an argument."""
        result = run("query", "--", run_bundle, "--no-sql")
        assert (result.exit_code, "there is no SQL statement" in result.stderr) == (1, True)


class TestParameters:
    """The two forms of --param."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ["-p", "a", "1", "-p", "b", "x=y"],
            ["-p", "a=1", "-p", "b=x=y"],
            ["-pa=1", "--param=b=x=y"],
            ["-pa", "1", "--param", ":b", "x=y"],
            ["--param=a", "1", "-p", "$b=x=y"],
            ["-vp", "a=1", "-p", "b", "x=y"],
        ],
    )
    def test_forms(self, run_bundle, arguments):
        """NAME VALUE and NAME=VALUE mean the same, also if they are attached to the option."""
        sql = "SELECT typeof(:a) AS kind, :a AS a, :b AS b"
        for command in (["query", run_bundle, sql, "--format", "csv"], ["export", run_bundle, "--query", sql]):
            assert run(*command, *arguments).stdout == "kind,a,b\ninteger,1,x=y\n"

    def test_a_negative_number(self, run_bundle):
        """A value may look like an option."""
        assert run("query", run_bundle, "SELECT :a AS a", "-p", "a", "-1", "--format", "csv").stdout == "a\n-1\n"

    def test_an_empty_value(self, run_bundle):
        """`a=` is the empty text."""
        sql = "SELECT typeof(:a) AS kind, length(:a) AS size"
        assert run("query", run_bundle, sql, "-p", "a=", "--format", "csv").stdout == "kind,size\ntext,0\n"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["-p", "a"], "'a' has no value; write NAME VALUE or NAME=VALUE"),
            (["-p", "=1"], "'=1' has no name"),
            (["-p"], "requires an argument"),
        ],
    )
    def test_incomplete(self, run_bundle, arguments, message):
        """A parameter without a name or a value is wrong usage."""
        result = run("query", run_bundle, "SELECT :a", *arguments)
        assert (result.exit_code, message in result.stderr) == (2, True)


class TestOrder:
    """BUNDLE is not the first argument."""

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            ("query", ["SELECT 1", "BUNDLE"]),
            ("cell", ["logs.1.message", "BUNDLE"]),
            ("export", ["logs", "BUNDLE"]),
            ("cat", ["notes/plan.md", "BUNDLE"]),
            ("schema", ["logs", "BUNDLE"]),
            ("show", ["1", "BUNDLE"]),
            ("search", ["error", "BUNDLE"]),
        ],
    )
    def test_swapped(self, run_bundle, command, words):
        """The message shows the command with the bundle first."""
        given = [str(run_bundle) if word == "BUNDLE" else word for word in words]
        result = run(command, *given)
        assert result.exit_code == 2
        assert f"The BUNDLE comes first: wink-debug-bundle {command} {shlex.join(reversed(given))}" in result.stderr

    def test_no_bundle(self):
        """SQL in the place of the bundle is noticed."""
        result = run("query", "SELECT 1")
        assert (result.exit_code, "The BUNDLE is missing before the SQL" in result.stderr) == (2, True)

    def test_a_file_that_is_no_bundle(self, tmp_path, monkeypatch):
        """A name that is by chance that of another file is not taken for the bundle."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "plan.md").write_text("a plan")
        result = run("cat", "missing.db", "plan.md")
        assert (result.exit_code, result.stderr) == (
            1,
            "Error: missing.db: cannot be opened: No such file or directory\n",
        )


class TestSavedQueries:
    """--name in each command that has it."""

    @pytest.mark.parametrize("command", [["query"], ["export"], ["cell", "r1c1-000000"]])
    def test_a_misspelt_name(self, run_bundle, command):
        """A name that no saved query has is wrong usage, as other misuse."""
        result = run(command[0], run_bundle, *command[1:], "--name", "tool-sucess")
        assert result.exit_code == 2
        assert "no saved query is called 'tool-sucess'; nearest: tool-success" in result.stderr

    @pytest.mark.parametrize("command", ["query", "export"])
    def test_a_run_that_does_not_exist(self, release_bundle, command):
        """A parameter that names nothing in the bundle is an error with the nearest names, not an empty table."""
        result = run(command, release_bundle("0.27.0"), "--name", "conversation", "-p", "run=wrong-anwser")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "the bundle has no run 'wrong-anwser'; nearest: wrong-answer" in result.stderr

    def test_a_filter_that_no_row_has(self, release_bundle):
        """A part of a reason that no failed run has is an error, too; words that no text has are not."""
        result = run("query", release_bundle("0.27.0"), "--name", "failed-runs", "-p", "reason=nothing like it")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "no run failed for a reason with 'nothing like it' in it; there are: " in result.stderr
        result = run("query", release_bundle("0.27.0"), "--name", "find-text", "-p", "text=nosuchword")
        assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)
