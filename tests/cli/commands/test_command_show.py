"""`show`: the run, the format, the pager and the refusals."""

from __future__ import annotations

import json
import os
import pty
import shlex
import sqlite3

import pytest
from support.artifact_samples import column
from support.command_runner import command_line, run, run_process
from support.guarded_process import GuardedProcess
from support.many_runs import write_many_runs

from wink_debug_bundle import DebugBundle


@pytest.fixture(scope="module")
def evaluation(release_bundle):
    return release_bundle("wink-0.27.0/evaluation")


def test_a_failed_sample(evaluation):
    """The story of a sample begins with its result, and ends with why it failed."""
    result = run("show", evaluation, "wrong-answer")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "Run 1: failed"
    assert "reason      expected '2', got '3'" in lines
    assert [line for line in lines if line][-2:] == [
        next(line for line in lines if "FAILURE" in line),
        "    expected '2', got '3'",
    ]


def test_an_unknown_run(evaluation):
    """An unknown run is an error with the nearest names."""
    result = run("show", evaluation, "wrong-anwser")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no run is called 'wrong-anwser'; nearest: wrong-answer" in result.stderr


def test_without_a_run(evaluation):
    """Without a run, the runs are listed, the failed first, and the exit code says that nothing was shown."""
    result = run("show", evaluation)
    assert (result.exit_code, result.stdout) == (2, "")
    names = [line.split()[:2] for line in result.stderr.splitlines()[:6]]
    assert names[-1] == ["23", "passed"]
    assert ["1", "failed"] in names[:-1]


def test_more_runs_than_are_listed(tmp_path):
    """The command that lists all failed runs can be typed as it is shown: it names the bundle."""
    bundle = tmp_path / "many runs.db"
    DebugBundle.from_directory(write_many_runs(tmp_path / "runs", 4), output=bundle, recursive=True).close()
    listed = run("show", bundle).stderr.splitlines()
    assert listed[20] == "and others; all are in the tables runs and sessions. Those that failed:"
    program, *arguments = shlex.split(listed[21])
    assert (program, arguments) == ("wink-debug-bundle", ["query", str(bundle), "--name", "failed-runs"])
    failed = json.loads(run(*arguments, "--format", "json").stdout)
    assert {row["run_id"] for row in failed} == set(
        column(bundle, "SELECT id FROM runs WHERE result IN ('failed', 'error')")
    )


def test_the_only_session(build):
    """The only session of a bundle needs no name."""
    record = '{"timestamp": "2026-01-01T00:00:00+00:00", "level": "ERROR", "logger": "app", "event": "boom", "message": "m", "context": {"session_id": "11111111-1111-4111-8111-111111111111"}}\n'
    result = run("show", build({"session.log": record}))
    assert result.exit_code == 0, result.output
    assert "[1] LOG ERROR boom" in result.stdout


def test_an_empty_bundle(build):
    """A bundle without runs and sessions says so."""
    result = run(
        "show",
        build(
            {
                "session.log": '{"timestamp": "", "level": "INFO", "logger": "a", "event": "", "message": "m", "context": {}}\n'
            }
        ),
    )
    assert result.exit_code == 1
    assert "has no runs and no sessions" in result.stderr


def test_formats(evaluation):
    """--format json and markdown write the same story."""
    data = json.loads(run("show", evaluation, "1", "--format", "json").stdout)
    assert data["header"]["sample_id"] == "wrong-answer"
    assert run("show", evaluation, "1", "--format", "markdown").stdout.startswith("# Run 1: failed\n")


def test_budget(evaluation):
    """--budget limits the characters."""
    assert len(run("show", evaluation, "1", "--budget", "2000").stdout) <= 2000
    assert run("show", evaluation, "1", "--budget", "10").exit_code == 2


def test_a_terminal_without_a_pager(evaluation):
    """On a terminal the story is shown also where there is no pager; control characters are escapes."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PAGER": "cat", "TERM": "xterm"}
    with GuardedProcess(command_line("show", evaluation, "1"), stdout=theirs, stdin=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # Linux: the other end was closed
            pass
        assert process.wait(timeout=60) == 0
    os.close(ours)
    assert b"Run 1: failed" in shown


@pytest.mark.parametrize("name", ["number", "sample"])
def test_every_run_can_be_shown(evaluation, name):
    """Each run of an evaluation is shown without an error."""
    sql = "SELECT id FROM runs" if name == "number" else "SELECT sample_id FROM runs WHERE sample_id IS NOT NULL"
    for value in column(evaluation, sql):
        assert run("show", evaluation, str(value)).exit_code == 0


def test_text_that_is_not_utf8(evaluation, tmp_path):
    """Stored bytes that are not UTF-8 are shown as replacement characters."""
    copy = tmp_path / "odd.db"
    copy.write_bytes(evaluation.read_bytes())
    with sqlite3.connect(copy) as connection:
        connection.execute(
            "UPDATE logs SET timestamp = CAST(x'ff' AS TEXT), level = 'ERROR', event = CAST(x'fe' AS TEXT)"
        )
        connection.execute("UPDATE runs SET adapter = CAST(x'fe' AS TEXT)")
    connection.close()
    result = run("show", copy, "1")
    assert result.exit_code == 0, result.output
    assert "adapter     \ufffd\n" in result.stdout
    assert "LOG ERROR \ufffd" in result.stdout


def test_a_locale_without_unicode(evaluation):
    """Where the locale has only ASCII, characters of the text are escaped; JSON is UTF-8."""
    environment = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    text = run_process("show", evaluation, "23", environment=environment)
    assert (text.returncode, text.stderr, text.stdout.isascii()) == (0, b"", True)
    assert b"sample      \\u9996" in text.stdout
    data = run_process("show", evaluation, "23", "--format", "json", environment=environment)
    assert json.loads(data.stdout.decode())["header"]["sample_id"] == "首都は-東京"
