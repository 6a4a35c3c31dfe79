"""Every command has its own message for each kind of file that is not a readable bundle."""

from __future__ import annotations

import os
import shutil
import sqlite3

import pytest
from support.command_runner import run, run_process


@pytest.fixture(params=["info", "query", "export", "serve"])
def arguments(request):
    """Return a function that gives the arguments of a command for a path."""
    rest = {"info": [], "query": ["SELECT 1"], "export": ["logs"], "serve": ["--no-browser"]}[request.param]
    return lambda path: [request.param, path, *rest]


def failure(arguments, path, code=1):
    """Return the message with which the command fails."""
    result = run(*arguments(path))
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(f"Error: {path}: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_missing(arguments, tmp_path):
    """A missing file is reported as missing."""
    assert "No such file" in failure(arguments, tmp_path / "no.db")


def test_directory(arguments, tmp_path):
    """A directory is reported as a directory."""
    assert "is a directory" in failure(arguments, tmp_path)


def test_empty(arguments, tmp_path):
    """An empty file is refused, although SQLite takes it for an empty database."""
    (tmp_path / "x.db").touch()
    assert "the file is empty" in failure(arguments, tmp_path / "x.db")


def test_not_sqlite(arguments, tmp_path):
    """A file that is not a SQLite database is refused."""
    (tmp_path / "x.db").write_text("{}")
    assert "is not a SQLite database" in failure(arguments, tmp_path / "x.db")


def test_other_database(arguments, tmp_path):
    """Another program's SQLite database is refused."""
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    assert "not a debug bundle" in failure(arguments, tmp_path / "x.db")


def test_truncated(arguments, run_bundle, tmp_path):
    """A bundle that lost its end is reported as damaged."""
    (tmp_path / "x.db").write_bytes(run_bundle.read_bytes()[:20_000])
    assert "damaged" in failure(arguments, tmp_path / "x.db", code=3)


def test_newer(arguments, run_bundle, tmp_path):
    """A bundle of a newer schema is refused by its version."""
    shutil.copy(run_bundle, tmp_path / "x.db")
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("UPDATE bundle_meta SET schema_version = 999")
    connection.execute("PRAGMA user_version = 999")
    connection.commit()
    connection.close()
    assert "v999 is newer" in failure(arguments, tmp_path / "x.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(arguments, run_bundle, tmp_path):
    """A bundle without read permission is reported as such."""
    shutil.copy(run_bundle, tmp_path / "x.db")
    (tmp_path / "x.db").chmod(0)
    assert "Permission denied" in failure(arguments, tmp_path / "x.db")


def test_no_traceback_from_a_process(tmp_path):
    """A real process prints the same message, on stderr only."""
    (tmp_path / "x.db").touch()
    done = run_process("info", tmp_path / "x.db")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == f"Error: {tmp_path / 'x.db'}: the file is empty\n"
