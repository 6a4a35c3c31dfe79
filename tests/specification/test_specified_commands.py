"""Every command line in the specification works as shown there."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys

import pytest
from support.artifact_samples import FIXTURES, archive, lines, log_record, rows, snapshot, write_files

WINK = [sys.executable, "-c", "from wink_debug_bundle.cli.main import wink; wink()", "debug-bundle"]


@pytest.fixture
def wink(tmp_path, monkeypatch):
    """Return a function that runs `wink debug-bundle` in an empty directory and returns its output."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        done = subprocess.run(
            [*WINK, *arguments], capture_output=True, text=True, encoding="utf-8", check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def bundle(run_bundle, tmp_path):
    """Return a bundle in the working directory, named bundle.db."""
    (tmp_path / "bundle.db").write_bytes(run_bundle.read_bytes())
    return "./bundle.db"


class TestCreate:
    """`create`."""

    def test_from_a_directory(self, wink, tmp_path):
        """`create` finds the artifacts of a directory and writes the bundle into it."""
        write_files(tmp_path, {f"debug/abc123/{path.name}": path.read_bytes() for path in (FIXTURES / "run").iterdir()})
        assert "bundle.db" in wink("create", "./debug/abc123/")
        assert rows(tmp_path / "debug" / "abc123" / "bundle.db", "SELECT count(*) FROM logs") == [(274,)]

    def test_from_files(self, wink, tmp_path):
        """`create` takes files by kind, an output and a description."""
        write_files(
            tmp_path / "debug",
            {"session.jsonl": lines(snapshot()), "session.log": lines(log_record()), "files.zip": archive({"a": "x"})},
        )
        wink(
            *("create", "--output", "./bundle.db", "--session", "./debug/session.jsonl"),
            *("--logs", "./debug/session.log", "--files", "./debug/files.zip", "--description", "Code review task"),
        )
        sql = "SELECT description, (SELECT count(*) FROM artifacts WHERE status = 'imported') FROM bundle_meta"
        assert rows(tmp_path / "bundle.db", sql) == [("Code review task", 3)]


class TestInfo:
    """`info`."""

    def test_layout(self, wink, bundle):
        """`info` prints the specification's lines."""
        pattern = r"""Bundle: (?:\./)?bundle\.db \([0-9.]+ [kKM]i?B\)
Created: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00
Source: .*run
(?s:.*)
Sessions: 5
(?:  - \S+.*
)*  - 3e4b1302-ec6d-4774-a957-7dd055cbc3ef \(root.*\).*
(?s:.*)
Statistics:
  Log records: +274
  Tool invocations: +14
  Prompt events: +8
  Files: +21
  Total tokens: +622
"""
        found = wink("info", bundle)
        assert re.match(pattern, found), found

    def test_large_numbers(self, wink, build):
        """Thousands are separated."""
        path = build({"a.log": lines(log_record()) * 1432})
        assert re.search(r"^  Log records: +1,432$", wink("info", str(path)), re.MULTILINE)


class TestQuery:
    """`query`."""

    def test_printed(self, wink, bundle):
        """`query` prints a table."""
        found = wink("query", bundle, "SELECT tool_name, COUNT(*) FROM tool_invocations GROUP BY tool_name")
        assert re.search(r"tool_name +.*COUNT\(\*\)", found)
        assert re.search(r"find_trains\W+\d", found)

    def test_json(self, wink, bundle):
        """`query --format json` prints an array of objects."""
        found = json.loads(wink("query", bundle, "--format", "json", "SELECT * FROM error_log LIMIT 10"))
        assert len(found) == 10
        assert list(found[0]) == ["timestamp", "level", "logger", "event", "message", "error_detail", "session_id"]


class TestExport:
    """`export`."""

    def test_table(self, wink, bundle):
        """`export` writes a table as CSV with a header."""
        found = list(
            csv.DictReader(wink("export", bundle, "tool_invocations", "--format", "csv").splitlines(keepends=True))
        )
        assert len(found) == 14
        assert {row["tool_name"] for row in found} >= {"find_trains", "ping"}

    def test_query(self, wink, bundle):
        """`export` writes the rows of a query as JSON."""
        found = json.loads(wink("export", bundle, "--format", "json", "--query", "SELECT * FROM error_log"))
        assert len(found) == 24


class TestServe:
    """`serve`."""

    def test_defaults(self, wink):
        """By default `serve` listens on 127.0.0.1:8001 and opens a browser."""
        found = wink("serve", "--help")
        assert "127.0.0.1" in found
        assert "8001" in found
        assert "browser" in found


@pytest.mark.parametrize("command", ["create", "serve", "info", "query", "export"])
def test_named(wink, command):
    """Each subcommand of the specification exists and is listed in the help."""
    assert re.search(rf"^  {command} ", wink("--help"), re.MULTILINE)
