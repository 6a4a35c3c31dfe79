"""`schema`: what an agent reads first."""

from __future__ import annotations

import json

import pytest
from support.command_runner import run


def test_markdown_by_default(run_bundle):
    """Short enough for an agent's context, and it says how to go on."""
    result = run("schema", run_bundle)
    assert result.exit_code == 0
    assert len(result.stdout) <= 20_000
    assert "### `logs` (" in result.stdout
    assert "wink-debug-bundle cell BUNDLE HANDLE" in result.stdout


def test_json(run_bundle):
    """Everything of each table and view, and the saved queries, as one object."""
    told = json.loads(run("schema", run_bundle, "--format", "json").stdout)
    logs = next(relation for relation in told["relations"] if relation["name"] == "logs")
    assert {"name": "id", "type": "INTEGER", "key": True}.items() <= logs["columns"][0].items()
    assert "tool-success" in [query["name"] for query in told["queries"]]


def test_some_tables(run_bundle):
    """Only what is named."""
    shown = run("schema", run_bundle, "files", "tool_calls").stdout
    assert [line for line in shown.splitlines() if line.startswith("### ")] == [
        line
        for line in run("schema", run_bundle).stdout.splitlines()
        if line.startswith(("### `files`", "### `tool_calls`"))
    ]


def test_a_budget(run_bundle):
    """--budget keeps Markdown short."""
    assert len(run("schema", run_bundle, "--budget", "3000").stdout) <= 3000


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["log"], 1, "no table or view is called 'log'; nearest: logs, error_log"),
        (["--format", "json", "--budget", "3000"], 2, "--budget is for --format markdown"),
        (["--budget", "100"], 2, "100 is not in the range x>=2000"),
        (["--format", "xml"], 2, "'xml' is not one of"),
    ],
)
def test_what_is_refused(run_bundle, arguments, code, message):
    """Wrong names end with 1, wrong usage with 2, both with the reason."""
    result = run("schema", run_bundle, *arguments)
    assert result.exit_code == code
    assert message in result.stderr


def test_from_the_schema_to_a_whole_value(run_bundle):
    """The way of an agent that has nothing but the commands: schema, query within a budget, cell."""
    told = json.loads(run("schema", run_bundle, "logs", "--format", "json").stdout)
    columns = {column["name"]: column for column in told["relations"][0]["columns"]}
    assert columns["id"]["key"]
    assert "$.component" in columns["context"]["json_paths"]
    sql = "SELECT id, context FROM logs WHERE context ->> '$.component' <> '' ORDER BY length(context) DESC LIMIT 3"
    (row, *_) = json.loads(run("query", run_bundle, sql, "--format", "json", "--budget", "1000").stdout)
    cut = row["context"]
    whole = run("cell", run_bundle, cut["cell"]).stdout
    assert len(whole) == cut["characters"]
    assert whole.startswith(cut["$cut"])
    assert "component" in json.loads(whole)
