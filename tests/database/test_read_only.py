"""A query reads its bundle and changes nothing."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from wink_debug_bundle import BundleQueryError, DebugBundle

REFUSED = [
    "INSERT INTO logs (timestamp, level, logger, message, artifact_id, line) VALUES ('', '', '', '', 1, 1)",
    "REPLACE INTO sessions (session_id, created_at, source) VALUES ('a', '', '')",
    "UPDATE logs SET message = ''",
    "DELETE FROM logs",
    "UPDATE sqlite_master SET sql = ''",
    "DELETE FROM sqlite_master",
    "INSERT INTO sqlite_master VALUES (1, 1, 1, 1, 1)",
    "WITH gone AS (SELECT 1) DELETE FROM logs",
    "DROP TABLE logs",
    "DROP VIEW error_log",
    "DROP INDEX idx_logs_level",
    "CREATE TABLE t (a)",
    "CREATE TEMP TABLE t (a)",
    "CREATE VIEW v AS SELECT 1",
    "CREATE TEMP VIEW v AS SELECT 1",
    "CREATE INDEX i ON logs(message)",
    "CREATE TRIGGER t AFTER INSERT ON logs BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER t AFTER INSERT ON logs BEGIN SELECT 1; END",
    "CREATE VIRTUAL TABLE t USING fts5(a)",
    "ALTER TABLE logs RENAME TO l",
    "ALTER TABLE logs ADD COLUMN c",
    "ATTACH 'other.db' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "REINDEX",
    "ANALYZE",
    "BEGIN",
    "BEGIN IMMEDIATE",
    "SAVEPOINT s",
    "PRAGMA writable_schema = 1",
    "PRAGMA writable_schema",
    "PRAGMA query_only = 0",
    "PRAGMA journal_mode = wal",
    "PRAGMA user_version = 5",
    "PRAGMA application_id = 5",
    "PRAGMA schema_version = 5",
    "PRAGMA encoding = 'UTF-16'",
    "PRAGMA page_size = 512",
    "PRAGMA trusted_schema = 1",
    "PRAGMA temp_store_directory = '/tmp'",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA incremental_vacuum",
    "PRAGMA optimize",
    "PRAGMA foreign_keys = 0",
    "PRAGMA mmap_size = 0",
    "SELECT load_extension('./evil')",
    "SELECT LOAD_EXTENSION('./evil', 'main')",
    "SELECT writefile('out', 'x')",
    "SELECT readfile('/etc/passwd')",
    "SELECT edit('x')",
    "EXPLAIN DELETE FROM logs",
]

ALLOWED = [
    "SELECT count(*) FROM logs",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT max(i) FROM n",
    "SELECT session_id, row_number() OVER (ORDER BY id) FROM logs LIMIT 3",
    "SELECT * FROM logs, json_each(context) LIMIT 3",
    "SELECT context ->> 'answer' FROM logs LIMIT 3",
    "SELECT name FROM sqlite_master",
    "SELECT * FROM logs, json_tree(context) LIMIT 3",
    "SELECT * FROM pragma_table_info('logs')",
    "SELECT * FROM error_log",
    "SELECT * FROM current_slice_items",
    "PRAGMA table_info(logs)",
    "PRAGMA integrity_check",
    "PRAGMA user_version",
    "EXPLAIN QUERY PLAN SELECT * FROM logs",
    "VALUES (1), (2)",
    "SELECT * FROM error_log UNION ALL SELECT * FROM error_log ORDER BY timestamp",
]

WRONG = [
    "SELEC 1",
    "SELECT * FROM nothing",
    "SELECT nothing FROM logs",
    "SELECT 1; SELECT 2",
    "SELECT ?",
    "SELECT '\0",
]


@pytest.fixture
def bundle(run_bundle, tmp_path, monkeypatch):
    """Return an open bundle, alone in the working directory."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(run_bundle, tmp_path / "b.db")
    with DebugBundle.open("b.db") as opened:
        yield opened


@pytest.mark.parametrize("sql", REFUSED)
def test_refused(bundle, tmp_path, sql):
    """A statement that would write or reach other files is refused, and changes nothing."""
    before = (tmp_path / "b.db").read_bytes()
    with pytest.raises(BundleQueryError):
        bundle.query(sql).fetchall()
    assert (tmp_path / "b.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["b.db"]


@pytest.mark.parametrize("sql", ALLOWED)
def test_allowed(bundle, sql):
    """Statements that readers need are allowed."""
    assert bundle.query(sql).fetchall()


@pytest.mark.parametrize("sql", WRONG)
def test_wrong(bundle, sql):
    """Invalid SQL raises BundleQueryError, not an error of SQLite's own."""
    with pytest.raises(BundleQueryError):
        bundle.query(sql).fetchall()


def test_refusal_says_so(bundle):
    """A refusal says that a bundle is read-only."""
    with pytest.raises(BundleQueryError, match="a bundle can only be read"):
        bundle.query("DELETE FROM logs")


def test_parameters_of_the_wrong_kind(bundle):
    """A parameter that SQLite cannot hold raises BundleQueryError."""
    with pytest.raises(BundleQueryError):
        bundle.query("SELECT ?", (object(),))


def test_not_even_by_its_connection(bundle):
    """The bundle's connection cannot write either."""
    with pytest.raises(sqlite3.DatabaseError):
        bundle.query("SELECT 1").connection.execute("DELETE FROM logs")


class TestHostileNames:
    """Paths with characters that have a meaning in a URI."""

    @pytest.mark.parametrize(
        "name", ["a b.db", "a?mode=rwc.db", "a#b.db", "a%41.db", "größe.db", "a&cache=shared.db", "file:x.db"]
    )
    def test_open(self, run_bundle, tmp_path, monkeypatch, name):
        """A bundle with such a name opens, and no other file appears."""
        monkeypatch.chdir(tmp_path)
        shutil.copy(run_bundle, tmp_path / name)
        with DebugBundle.open(name) as opened:
            assert opened.query("SELECT count(*) FROM logs").fetchall() == [(274,)]
        assert [path.name for path in tmp_path.iterdir()] == [name]
