"""The command `query` on a terminal of 80 columns, and beside it where standard output is none."""

from __future__ import annotations

import json

from support.command_runner import run, run_on_terminal

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) SELECT i FROM n"


def on_terminal(*arguments):
    """Return the lines that a command prints on a terminal."""
    return run_on_terminal(*arguments).replace("\r", "").splitlines()


def test_the_headline_query_is_readable(release_bundle):
    """The reasons why samples failed, and examples of them, are whole."""
    lines = on_terminal("query", release_bundle("0.27.0"), "--name", "failure-reasons")
    assert "    reason:  expected <text>, got <text>" in lines
    assert "    example: expected '2', got '3'" in lines


def test_the_first_rows_are_shown(run_bundle):
    """A terminal shows the first rows, and says how many there are and how to get them; --all shows all."""
    assert on_terminal("query", run_bundle, NUMBERS)[-2:] == ["50", "(50 of 60 rows; all of them: --all)"]
    assert on_terminal("query", run_bundle, NUMBERS, "--all")[-1] == "60"
    assert on_terminal("query", run_bundle, NUMBERS, "--no-truncate")[-1] == "60"


def test_ids_are_shortened_on_a_terminal_only(run_bundle):
    """Ids are short in a table on a terminal, and whole in a pipe, in other formats and with --no-truncate."""
    sql = "SELECT session_id, timestamp, message || ' ' || message AS text FROM logs LIMIT 2"
    whole = json.loads(run("query", run_bundle, sql, "--format", "json").stdout)[0]["session_id"]
    assert not any(whole in line for line in on_terminal("query", run_bundle, sql))
    for arguments in (["--format", "json"], ["--format", "csv"], ["--no-truncate"]):
        assert whole in "\n".join(on_terminal("query", run_bundle, sql, *arguments))
    assert whole in run("query", run_bundle, sql).stdout


def test_a_pipe_gets_everything(run_bundle):
    """Without a terminal, with or without a width, there is no row limit."""
    assert run("query", run_bundle, NUMBERS).stdout.splitlines()[-1] == "60"
    assert run("query", run_bundle, NUMBERS, "--width", "80").stdout.splitlines()[-1] == "60"
