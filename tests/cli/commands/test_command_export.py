"""`export`: tables and queries, to a file or to standard output."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import stat

import pytest
from support.artifact_samples import column
from support.command_runner import run


def test_a_table_as_csv(run_bundle):
    """The specification's first example writes every row and column of a table to standard output."""
    result = run("export", run_bundle, "tool_invocations", "--format", "csv")
    header, *rows = csv.reader(io.StringIO(result.stdout_bytes.decode(), newline=""))
    assert header == column(run_bundle, "SELECT name FROM pragma_table_info('tool_invocations')")
    assert sorted(row[0] for row in rows) == column(run_bundle, "SELECT event_id FROM tool_invocations ORDER BY 1")


def test_a_query_as_json(run_bundle):
    """The specification's second example writes the rows of a query."""
    result = run("export", run_bundle, "--format", "json", "--query", "SELECT * FROM error_log")
    exported = [row["message"] for row in json.loads(result.stdout)]
    assert exported == column(run_bundle, "SELECT message FROM error_log")


def test_a_dash_is_standard_output(run_bundle, tmp_path, monkeypatch):
    """`--output -` writes to standard output, and makes no file of that name."""
    monkeypatch.chdir(tmp_path)
    assert run("export", run_bundle, "logs", "-o", "-").stdout == run("export", run_bundle, "logs").stdout
    assert list(tmp_path.iterdir()) == []
    assert run("export", run_bundle, "logs", "-o", "./-").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["-"]


def test_a_view(run_bundle):
    """A view is exported like a table."""
    result = run("export", run_bundle, "tool_summary", "--format", "jsonl")
    assert result.stdout.count("\n") == column(run_bundle, "SELECT count(*) FROM tool_summary")[0]


def test_csv_is_the_default(run_bundle):
    """Without a format a table is CSV."""
    assert run("export", run_bundle, "sessions").stdout_bytes.startswith(b"session_id,parent_session_id,created_at")


@pytest.mark.parametrize(
    ("ending", "start"), [(".json", "["), (".jsonl", "{"), (".tsv", "id\t"), (".CSV", "id,"), ("", "id,")]
)
def test_the_ending_decides(run_bundle, tmp_path, ending, start):
    """Without --format the ending of the output decides; no ending means CSV."""
    output = tmp_path / f"logs{ending}"
    assert run("export", run_bundle, "logs", "--output", output).exit_code == 0
    assert output.read_text(encoding="utf-8").startswith(start)


def test_the_file_is_private_and_named(run_bundle, tmp_path):
    """Only its owner can read the output, its name is printed to stderr, and no other file is left."""
    result = run("export", run_bundle, "logs", "-o", tmp_path / "logs.csv")
    assert stat.S_IMODE((tmp_path / "logs.csv").stat().st_mode) == 0o600
    assert result.stdout == ""
    assert result.stderr.startswith(f"{tmp_path / 'logs.csv'} (")
    assert [path.name for path in tmp_path.iterdir()] == ["logs.csv"]


def test_an_existing_file_is_kept(run_bundle, tmp_path):
    """Without --force an existing file is kept."""
    (tmp_path / "x.csv").write_text("precious")
    result = run("export", run_bundle, "logs", "-o", tmp_path / "x.csv")
    assert result.exit_code == 1
    assert f"{tmp_path / 'x.csv'}: exists already; replace it with --force" in result.stderr
    assert (tmp_path / "x.csv").read_text() == "precious"


def test_force_replaces(run_bundle, tmp_path):
    """--force replaces an existing file."""
    (tmp_path / "x.csv").write_text("old")
    assert run("export", run_bundle, "sessions", "-o", tmp_path / "x.csv", "--force").exit_code == 0
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").startswith("session_id,")


def test_a_bundle_whose_name_is_not_utf_8(run_bundle, tmp_path):
    """A bundle whose name is not UTF-8 can be exported over another file, but not over itself."""
    bundle, output = os.fsencode(tmp_path) + b"/\xff.db", tmp_path / "x.csv"
    shutil.copy(run_bundle, bundle)
    output.write_text("old")
    assert run("export", os.fsdecode(bundle), "sessions", "-o", output, "--force").exit_code == 0
    result = run("export", os.fsdecode(bundle), "sessions", "-o", os.fsdecode(bundle), "--format", "csv", "--force")
    assert (result.exit_code, "is the bundle itself" in result.stderr) == (1, True)


def test_a_long_name(run_bundle, tmp_path):
    """An output name of the greatest length that file systems allow is written."""
    output = tmp_path / f"{'n' * 251}.csv"
    assert run("export", run_bundle, "sessions", "-o", output).exit_code == 0
    assert os.listdir(tmp_path) == [output.name]


@pytest.mark.parametrize("arguments", [["BUNDLE", "logs", "-o", ""], ["", "logs"]])
def test_an_empty_path(run_bundle, arguments):
    """An empty path is refused and not taken for the current directory."""
    result = run("export", *(run_bundle if argument == "BUNDLE" else argument for argument in arguments))
    assert (result.exit_code, "the path is empty" in result.stderr) == (2, True)


def test_an_unknown_table(run_bundle):
    """The message about an unknown table suggests similar ones."""
    result = run("export", run_bundle, "tools")
    assert result.exit_code == 1
    assert f"{run_bundle}: no table or view is called 'tools'; nearest: tool_calls" in result.stderr


@pytest.mark.parametrize("name", ["arrow", "txt", "xml", "gz", "db", "parquet.zst"])
def test_other_endings_are_refused(run_bundle, tmp_path, name):
    """An ending that means another format is refused with the formats that there are, and nothing is written."""
    result = run("export", run_bundle, "logs", "-o", tmp_path / f"logs.{name}")
    assert result.exit_code == 2
    assert (
        f"'{name.rpartition('.')[2]}' is not a format; the formats are csv, json, jsonl, tsv, parquet" in result.stderr
    )
    assert list(tmp_path.iterdir()) == []


def test_a_format_for_another_ending(run_bundle, tmp_path):
    """With --format, the output may have any name."""
    assert run("export", run_bundle, "logs", "-o", tmp_path / "logs.txt", "--format", "csv").exit_code == 0
    assert (tmp_path / "logs.txt").read_text(encoding="utf-8").startswith("id,")


def test_a_saved_query(release_bundle):
    """--name exports a saved query, with its parameters."""
    bundle = release_bundle("0.27.0")
    result = run("export", bundle, "--name", "sample-results", "-p", "result=failed", "--format", "json")
    assert {row["sample_id"] for row in json.loads(result.stdout)} == {"wrong-answer", "no-output"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name a TABLE, or give a --query or the --name of a saved query"),
        (["logs", "--query", "SELECT 1"], "Name a TABLE, or give a --query"),
        (["logs", "--name", "errors"], "Name a TABLE, or give a --query"),
        (["--query", "SELECT 1", "--name", "errors"], "Name a TABLE, or give a --query"),
        (["logs", "-p", "a=1"], "--param is for --query and --name"),
        (["logs", "--force"], "--force is for an --output that is a file"),
        (["logs", "--format", "json", "--csv-safe"], "for --format csv and tsv"),
        (
            ["logs", "--format", "table"],
            "'table' is not a format; the formats are csv, json, jsonl, tsv, parquet, otlp, atif",
        ),
    ],
)
def test_wrong_usage(run_bundle, arguments, message):
    """Options that cannot be combined end with exit code 2 and the reason."""
    result = run("export", run_bundle, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_failing_query_leaves_no_file(run_bundle, tmp_path):
    """A query that fails after some rows leaves no output file."""
    sql = "SELECT json_extract(value, '$.a') FROM json_each('[\"{}\", \"{broken\"]')"
    result = run("export", run_bundle, "--query", sql, "-o", tmp_path / "x.csv")
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []
