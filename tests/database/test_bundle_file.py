"""A finished bundle is a single ordinary SQLite file that any SQLite reader can read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys

import pytest
from support.artifact_samples import (
    CHILD_SESSION,
    OTHER_SESSION,
    ROOT_SESSION,
    TOOL_INVOKED,
    archive,
    column,
    lines,
    log_record,
    rows,
    slice_of,
    snapshot,
    tool_event,
)

from wink_debug_bundle import DebugBundle

COUNT = "SELECT count(*) FROM logs"


@pytest.fixture(params=["run", "evaluation", "repeated", "odd-values", "shared-dispatcher"])
def bundle(request, fixture_bundle):
    """Return the bundle of each fixture case."""
    return fixture_bundle(request.param)


class TestOtherReaders:
    """Readers without this package."""

    def test_python_without_our_package(self, run_bundle):
        """Python's own sqlite3 reads every table and view although this package cannot be imported."""
        script = (
            "import sqlite3, sys\n"
            "bundle = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)\n"
            "names = bundle.execute(\"SELECT name FROM sqlite_master WHERE type IN ('table', 'view')\").fetchall()\n"
            "for name, in names: bundle.execute(f'SELECT * FROM \"{name}\"').fetchall()\n"
            "print(len(names), bundle.execute('SELECT count(*) FROM logs').fetchone()[0])\n"
            "bundle.close()\n"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", script, run_bundle], capture_output=True, text=True, check=True
        )
        names, logs = done.stdout.split()
        assert (int(names) >= 19, logs) == (True, "274")

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="python -m sqlite3 came with Python 3.12")
    def test_python_shell(self, run_bundle):
        """`python -m sqlite3` answers a query."""
        done = subprocess.run(
            [sys.executable, "-m", "sqlite3", run_bundle, COUNT], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "(274,)"

    @pytest.mark.skipif(shutil.which("sqlite3") is None, reason="there is no sqlite3 shell here")
    def test_sqlite_shell(self, run_bundle):
        """The sqlite3 shell answers a query and finds no error in the file."""
        done = subprocess.run(
            ["sqlite3", "-readonly", run_bundle, COUNT, "PRAGMA integrity_check"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == ["274", "ok"]

    def test_pandas(self, run_bundle):
        """A data frame of pandas has a table's columns and rows."""
        pandas = pytest.importorskip("pandas")
        connection = sqlite3.connect(run_bundle)
        try:
            frame = pandas.read_sql("SELECT * FROM tool_invocations", connection)
        finally:
            connection.close()
        assert len(frame) == 14
        assert list(frame.columns[:2]) == ["event_id", "session_id"]

    def test_read_only_directory(self, run_bundle, tmp_path):
        """A bundle in a read-only directory opens, and nothing is written beside it."""
        path = tmp_path / "sealed" / "b.db"
        path.parent.mkdir()
        shutil.copy(run_bundle, path)
        path.chmod(0o400)
        path.parent.chmod(0o500)
        try:
            with DebugBundle.open(path) as opened:
                assert opened.query(COUNT).fetchall() == [(274,)]
            assert os.listdir(path.parent) == ["b.db"]
        finally:
            path.parent.chmod(0o700)


class TestSoundness:
    """SQLite's own checks."""

    def test_integrity(self, bundle):
        """SQLite's integrity check finds no error."""
        assert column(bundle, "PRAGMA integrity_check") == ["ok"]

    def test_references(self, bundle):
        """Every foreign key points to an existing row."""
        assert rows(bundle, "PRAGMA foreign_key_check") == []

    def test_journal(self, bundle):
        """The file uses no write-ahead log and has no side files."""
        assert column(bundle, "PRAGMA journal_mode") == ["delete"]
        assert [path.name for path in bundle.parent.iterdir() if path.is_file()] == [bundle.name]

    def test_identity(self, bundle):
        """The file's header identifies it as a bundle of its schema version."""
        assert (column(bundle, "PRAGMA application_id"), column(bundle, "PRAGMA user_version")) == ([0x57494E4B], [1])

    def test_mode(self, bundle):
        """Only its owner can read the file."""
        assert stat.S_IMODE(bundle.stat().st_mode) == 0o600

    @pytest.mark.parametrize("mask", [0o000, 0o077])
    def test_mode_under_any_mask(self, build, mask):
        """Only its owner can read the file, whatever the umask is."""
        before = os.umask(mask)
        try:
            path = build({"a.log": lines(log_record())})
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


A, B, C = ROOT_SESSION, CHILD_SESSION, OTHER_SESSION

TANGLED = {
    "an absent parent": {"a.jsonl": lines(snapshot(A, parent=B))},
    "absent parents of absent parents": {"a.jsonl": lines(snapshot(A, parent=B), snapshot(C, parent=A))},
    "a session that is its own parent": {"a.jsonl": lines(snapshot(A, parent=A))},
    "a cycle of two": {"a.jsonl": lines(snapshot(A, parent=B), snapshot(B, parent=A)), "x.log": lines(log_record())},
    "children without lines": {"a.jsonl": lines(snapshot(A, children_ids=[B, C]))},
    "a session known from a log only": {"x.log": lines(log_record(context={"session_id": "only here"}))},
    "a session known from a file's name only": {f"{A}.log": lines(log_record())},
    "a session known from a folder's name only": {f"{A}/x.log": lines(log_record()), f"{A}/f.zip": archive({"a": ""})},
    "an event of another session": {
        "a.jsonl": lines(snapshot(A, slice_of(TOOL_INVOKED, tool_event(session_id=C)))),
    },
    "a child that names another parent": {
        "a.jsonl": lines(snapshot(A, children_ids=[B]), snapshot(B, parent=C)),
    },
    "ids that are no strings": {
        "a.jsonl": lines(snapshot(A, children_ids=[1, None, {}, "", B], parent_id=7)),
        "x.log": lines(log_record(context={"session_id": 5}), log_record(context={"session_id": ""})),
    },
    "a lone surrogate in an id": {
        "a.jsonl": lines(snapshot("a\ud800", parent="b\ud800", children_ids=["c\ud800"])),
        "x.log": lines(log_record(context={"session_id": "\udfff"})),
    },
    "an id with NUL": {"a.jsonl": lines(snapshot("a\0b", parent="c\0"))},
}


@pytest.mark.parametrize("name", TANGLED)
class TestContradictorySessions:
    """Sessions with missing or contradictory artifacts."""

    def test_references(self, build, name):
        """Every foreign key points to an existing row."""
        path = build(TANGLED[name], recursive=True)
        assert rows(path, "PRAGMA foreign_key_check") == []
        assert column(path, "SELECT count(*) > 0 FROM sessions") == [1]

    def test_integrity(self, build, name):
        """SQLite's integrity check finds no error."""
        assert column(build(TANGLED[name], recursive=True), "PRAGMA integrity_check") == ["ok"]


class TestEvidence:
    """The artifact from which a session is known."""

    @pytest.mark.parametrize(
        ("name", "session", "evidence"),
        [
            ("an absent parent", A, "snapshot"),
            ("an absent parent", B, "reference"),
            ("children without lines", C, "reference"),
            ("a session known from a log only", "only here", "log"),
            ("a session known from a file's name only", A, "log"),
            ("an event of another session", C, "reference"),
        ],
    )
    def test_strongest(self, build, name, session, evidence):
        """The strongest evidence of a session is stored."""
        path = build(TANGLED[name], recursive=True)
        assert column(path, "SELECT source FROM sessions WHERE session_id = ?", (session,)) == [evidence]

    def test_own_snapshot_over_the_parent_s(self, build):
        """A child's own snapshot decides which session is its parent."""
        path = build(TANGLED["a child that names another parent"])
        assert column(path, "SELECT parent_session_id FROM sessions WHERE session_id = ?", (B,)) == [C]

    def test_parent_from_the_parent_alone(self, build):
        """A child without a snapshot gets the parent whose snapshot names it."""
        path = build(TANGLED["children without lines"])
        assert column(path, "SELECT parent_session_id FROM sessions WHERE session_id = ?", (B,)) == [A]

    def test_time_of_a_log_only_session(self, build):
        """A session known only from a log begins with its first record there."""
        records = [log_record(timestamp=f"2026-01-0{day}", context={"session_id": A}) for day in (2, 1, 3)]
        path = build({"x.log": lines(*records)})
        assert column(path, "SELECT created_at FROM sessions") == ["2026-01-02"]
