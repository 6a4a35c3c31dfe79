"""`query --budget` shortens values, and `cell` writes the whole value."""

from __future__ import annotations

import json
import re

import pytest
from support.artifact_samples import column, log_record
from support.command_runner import run, run_process

LONGEST = "SELECT id, event, context FROM logs ORDER BY length(context) DESC LIMIT 5"


def cut_handles(bundle, *arguments):
    """Return the handles in a query's output of at most 2000 characters."""
    result = run("query", bundle, *arguments, "--format", "json", "--budget", "2000")
    assert result.exit_code == 0, result.output
    assert len(result.stdout) <= 2000
    cells = (cell for row in json.loads(result.stdout) for cell in row.values())
    return [cell["cell"] for cell in cells if isinstance(cell, dict) and "$cut" in cell]


def test_a_cell_of_a_table(run_bundle):
    """If the row shows the table's key, the handle alone is enough to read the value."""
    handles = cut_handles(run_bundle, LONGEST)
    whole = column(run_bundle, f"SELECT context FROM ({LONGEST})")
    assert len(handles) == 5
    assert [run("cell", run_bundle, handle).stdout for handle in handles] == whole
    assert run("cell", run_bundle, handles[0], LONGEST).stdout == whole[0]  # repeating the query does no harm


def test_a_cell_written_by_hand(run_bundle):
    """A handle TABLE.ROWID.COLUMN without a check number works, and a value of any type is written."""
    assert run("cell", run_bundle, "logs.1.id").stdout == "1"
    assert run("cell", run_bundle, "bundle_meta.1.description").stdout_bytes == b""
    assert (
        run("cell", run_bundle, "logs.1.level").stdout == column(run_bundle, "SELECT level FROM logs WHERE id = 1")[0]
    )


def test_a_cell_of_an_expression(run_bundle):
    """If no table holds the value, the query must be given again."""
    sql = "SELECT upper(rendered_text) AS shouted FROM prompt_events WHERE :kind = event_type ORDER BY event_id"
    (handle, *_) = cut_handles(run_bundle, sql.replace("AS shouted", "|| zeroblob(9000)"), "-p", "kind", "rendered")
    assert re.fullmatch("r1c1-[0-9a-f]{6}", handle)
    whole = column(run_bundle, sql.replace(":kind", "'rendered'"))[0]
    again = sql.replace("AS shouted", "|| zeroblob(9000)")
    assert run("cell", run_bundle, handle, again, "-p", "kind", "rendered").stdout == whole + "\0" * 9000
    assert run("cell", run_bundle, handle, "-", "-p", "kind", "rendered", stdin=again).stdout == whole + "\0" * 9000


def test_a_cell_of_a_saved_query(build):
    """--name repeats a saved query in the same way as SQL."""
    message = "out of\tmemory " * 1000
    bundle = build({"a.log": json.dumps(log_record(level="ERROR", message=message)) + "\n"})
    handles = cut_handles(bundle, "--name", "errors")
    assert [run("cell", bundle, handle, "--name", "errors").stdout for handle in handles] == [message]


def test_a_blob_is_written_byte_for_byte(run_bundle):
    """A blob is written as bytes, not as text."""
    (handle,) = cut_handles(run_bundle, "SELECT sha256, data FROM blob_chunks ORDER BY length(data) DESC LIMIT 1")[-1:]
    done = run_process(
        "cell", run_bundle, handle, "SELECT sha256, data FROM blob_chunks ORDER BY length(data) DESC LIMIT 1"
    )
    assert [done.stdout] == column(run_bundle, "SELECT data FROM blob_chunks ORDER BY length(data) DESC LIMIT 1")


def test_another_bundle_is_noticed(run_bundle, evaluation_bundle):
    """A handle of one bundle is refused by another bundle."""
    result = run("cell", evaluation_bundle, cut_handles(run_bundle, LONGEST)[0])
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.search("the value there is a different one|has no row with rowid", result.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "'nonsense' is not a handle; handles look like logs.4711.context-9f2c41"),
        (["logs.1"], "logs.1 names a row; name one of its columns, too, as logs.1.COLUMN: id, session_id, timestamp"),
        (["log.1"], "'log.1' is not a handle"),
        (["log.1.context"], "no table is called 'log'; nearest: logs"),
        (["logs.1.contxt"], "logs has no column 'contxt'; nearest: context"),
        (["logs.99999999.context"], "logs has no row with rowid 99999999"),
        (["logs.1.context-000000"], "logs.1.context-000000: the value there is a different one; run the query again"),
        (["error_log.1.message"], "error_log has no rowids"),
        (["raw_records.1.raw"], "raw_records has no rowids"),
        (["r1c1-000000"], "r1c1-000000 names a row and column of a query's result: give that query, too"),
        (
            ["r1c1-000000", "SELECT 1"],
            "the value there is a different one; give exactly the query that the handle came from",
        ),
        (["r2c1-000000", "SELECT 1"], "the query has no such row or column"),
        (["r1c2-000000", "SELECT 1"], "the query has no such row or column"),
        (["r1c1-000000", "SELECT * FROM log"], "no such table: log; nearest: logs"),
    ],
)
def test_wrong_handles(run_bundle, arguments, message):
    """A wrong handle is an error that says what is wrong, and nothing is written."""
    result = run("cell", run_bundle, *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


@pytest.mark.parametrize("format_name", ["table", "json"])
def test_the_advice_has_a_printed_handle(run_bundle, format_name):
    """The advice about cut values names a handle of the output, and works as it is."""
    text = run("query", run_bundle, LONGEST, "--format", format_name, "--budget", "1500").stdout
    advised = re.search(r"cell BUNDLE (\S+)\.", text)
    assert advised
    assert text.count(advised[1]) == 2
    assert run("cell", run_bundle, advised[1]).exit_code == 0


def test_the_advice_for_an_expression(run_bundle):
    """Where a value needs its query, the advice says so, with the handle of the value."""
    sql = "SELECT upper(context) AS shouted FROM logs ORDER BY length(context) DESC LIMIT 1"
    text = run("query", run_bundle, sql, "--budget", "600").stdout
    handle = re.search(r"characters: (r1c1-\w+)]", text)
    assert handle
    assert f"cell BUNDLE {handle[1]} SQL, with this query as SQL." in text


def test_csv_note_on_standard_error(run_bundle):
    """With CSV the note goes to stderr, so that stdout has rows only."""
    result = run("query", run_bundle, LONGEST, "--format", "csv", "--budget", "600")
    assert result.stderr.startswith("(")
    assert "of 5 rows" in result.stderr
    assert "A whole value: wink-debug-bundle cell BUNDLE logs." in result.stderr


def test_the_budget_holds_in_every_locale(build):
    """Characters that the terminal's encoding lacks do not make the output longer than the budget."""
    bundle = build({"a.log": json.dumps(log_record(message="é" * 5000)) + "\n"})
    done = run_process(
        "query", bundle, "SELECT * FROM logs", "--budget", "900", environment={"PYTHONIOENCODING": "ascii"}
    )
    assert done.returncode == 0
    assert len(done.stdout.decode("utf-8")) <= 900


def test_a_failing_query_prints_what_came_before(build):
    """After an error, the rows before it are printed, and the exit code is 1."""
    bundle = build({"a.log": json.dumps(log_record()) + "\n"})
    sql = 'SELECT json(value) FROM json_each(\'["1", "2", "3", "no json"]\')'
    result = run("query", bundle, sql, "--format", "jsonl", "--budget", "500")
    assert result.exit_code == 1
    assert result.stdout.startswith("{")
    assert "malformed JSON" in result.stderr
