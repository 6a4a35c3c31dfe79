"""A bundle that another program holds is not replaced while that program could write into the new one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.artifact_samples import column, lines, log_record, write_files

from wink_debug_bundle import BundleBuildError, DebugBundle
from wink_debug_bundle.pipeline import build as building
from wink_debug_bundle.pipeline.bundle_migration import migrate_bundle

OTHER_PROGRAM = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchall()
print("ready", flush=True)
sys.stdin.read()
"""
EDIT = "UPDATE bundle_meta SET description = 'edited'"
MARK = "SELECT description FROM bundle_meta"


@contextmanager
def other_program(path: Path, *statements: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program that executes the statements and then keeps the file open."""
    command = [sys.executable, "-c", OTHER_PROGRAM, str(path), *statements]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def debug(tmp_path):
    """Return a directory with one log of two records."""
    return write_files(tmp_path / "debug", {"a.log": lines(log_record(), log_record())})


@pytest.fixture
def old(debug, tmp_path):
    """Return an old bundle of the directory."""
    with DebugBundle.from_directory(debug, output=tmp_path / "b.db", description="old"):
        return tmp_path / "b.db"


def rebuild(debug, output):
    """Build the bundle again in place of the old one."""
    with DebugBundle.from_directory(debug, output=output, force=True, description="new"):
        pass


def during_build(monkeypatch, action):
    """Call `action` when the new file is complete and not yet published."""
    finish = building.finish

    def finish_and_act(*args, **named):
        result = finish(*args, **named)
        action()
        return result

    monkeypatch.setattr(building, "finish", finish_and_act)


def assert_intact(path, description):
    """Check that the file is a whole bundle with that description, and that nothing unfinished is beside it."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute(MARK).fetchone() == (description,)
    assert not [name for name in os.listdir(path.parent) if name.endswith(".partial")]


WRITERS = {
    "open transaction": ["BEGIN IMMEDIATE", EDIT],
    "lock without an edit": ["BEGIN IMMEDIATE"],
    "exclusive lock": ["BEGIN EXCLUSIVE", EDIT],
    "journal in memory": ["PRAGMA journal_mode=memory", "BEGIN", EDIT],
    "no journal": ["PRAGMA journal_mode=off", "BEGIN", EDIT],
    "locking mode": ["PRAGMA locking_mode=exclusive", "BEGIN IMMEDIATE", EDIT, "COMMIT"],
    "write-ahead log, open transaction": ["PRAGMA journal_mode=wal", "BEGIN IMMEDIATE", EDIT],
    "write-ahead log, not merged": ["PRAGMA journal_mode=wal", EDIT],
}


@pytest.mark.parametrize("statements", WRITERS.values(), ids=WRITERS)
class TestWriters:
    """Programs with an edit that is not yet in the old file."""

    def test_before(self, debug, old, statements):
        """A writer from before the build is refused at its beginning; its edit stays in the old file."""
        with other_program(old, *statements) as writer:
            with pytest.raises(BundleBuildError, match=r"b\.db"):
                rebuild(debug, old)
            writer.communicate()
        assert column(old, "SELECT count(*) FROM logs") == [2]

    def test_during(self, debug, old, monkeypatch, statements):
        """A writer that begins during the build makes it fail at its end, and the old file is kept."""
        writers = []
        during_build(monkeypatch, lambda: writers.append(enter(other_program(old, *statements))))
        with pytest.raises(BundleBuildError, match=r"b\.db(-wal|-journal)?: (another program|belongs to)"):
            rebuild(debug, old)
        for _, writer in writers:
            writer.communicate()  # ends in order, so that SQLite rolls back or merges
        assert column(old, MARK)[0] in {"old", "edited"}
        assert not [name for name in os.listdir(old.parent) if name.endswith(".partial")]

    def test_migration(self, old, monkeypatch, statements):
        """A migration keeps the old file as well."""
        with other_program(old, *statements) as writer:
            with pytest.raises(BundleBuildError, match=r"b\.db"):
                migrate_bundle(old)
            writer.communicate()
        assert column(old, "SELECT count(*) FROM logs") == [2]


def enter(context):
    """Enter a context that the test leaves by itself."""
    return context, context.__enter__()


def test_killed_writer(debug, old, monkeypatch):
    """The hot journal that a killed writer left during the build belongs to the old file, which is kept."""

    def kill_a_writer():
        spill = ["PRAGMA cache_size=1", "BEGIN IMMEDIATE", EDIT, "CREATE TABLE t AS SELECT randomblob(99999) AS b"]
        with other_program(old, *spill) as writer:
            writer.kill()

    during_build(monkeypatch, kill_a_writer)
    with pytest.raises(BundleBuildError, match=r"b\.db-journal: belongs to an older or open b\.db"):
        rebuild(debug, old)
    with closing(sqlite3.connect(old)) as connection:  # rolls the edit back
        assert connection.execute(MARK).fetchone() == ("old",)


def test_connection_of_this_process(debug, old):
    """An unsaved edit of the process that builds counts like that of another."""
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(EDIT)
        with pytest.raises(BundleBuildError, match=r"b\.db(-journal)?: (another program|belongs to)"):
            rebuild(debug, old)
    assert_intact(old, "old")


@pytest.mark.parametrize("statement", ["BEGIN; SELECT * FROM logs", "SELECT 1", "PRAGMA query_only=1"])
def test_readers(debug, old, statement):
    """Programs that read the old file, even in a transaction, do not keep the new one from appearing."""
    with other_program(old, *statement.split("; ")):
        rebuild(debug, old)
    assert_intact(old, "new")


def test_immutable_reader(debug, old):
    """A server that has the old file open as immutable keeps its rows, and the new file appears."""
    with closing(sqlite3.connect(f"file:{old}?mode=ro&immutable=1", uri=True)) as reader:
        assert reader.execute(MARK).fetchone() == ("old",)
        rebuild(debug, old)
        assert reader.execute(MARK).fetchone() == ("old",)
    assert_intact(old, "new")


def test_edit_during_migration(old, monkeypatch):
    """An edit that is saved while a bundle is migrated is not lost: the migration fails."""
    from wink_debug_bundle.pipeline import bundle_copy

    change_copy = bundle_copy._change_copy

    def change_after_edit(*args):
        with closing(sqlite3.connect(old)) as connection, connection:
            connection.execute(EDIT)
        return change_copy(*args)

    monkeypatch.setattr(bundle_copy, "_change_copy", change_after_edit)
    with pytest.raises(BundleBuildError, match=r"b\.db: another program changed it meanwhile"):
        migrate_bundle(old)
    assert_intact(old, "edited")


def test_journal_without_a_file(debug, tmp_path, monkeypatch):
    """A journal that appears during the first build of an output would be applied to it, and is refused."""
    during_build(monkeypatch, lambda: (tmp_path / "n.db-wal").write_bytes(b"old"))
    with pytest.raises(BundleBuildError, match=r"n\.db-wal: belongs to an older or open n\.db"):
        DebugBundle.from_directory(debug, output=tmp_path / "n.db")
    assert not (tmp_path / "n.db").exists()
