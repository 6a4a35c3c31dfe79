"""The bundle's schema holds everything that the specification's own SQL creates."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from support.artifact_samples import FIXTURES, rows, sqlite_connection
from support.text_forms import form_as_asked

from wink_debug_bundle import DebugBundle, __version__

SPECIFIED_SQL = Path(__file__).with_name("specification.sql").read_text(encoding="utf-8")

TABLES = ("bundle_meta", "sessions", "logs", "slice_items", "tool_invocations", "prompt_events", "files")
VIEWS = ("execution_timeline", "token_summary", "tool_summary", "error_log")
INDEXES = {
    "idx_sessions_parent": ("sessions", "parent_session_id"),
    "idx_logs_session": ("logs", "session_id"),
    "idx_logs_level": ("logs", "level"),
    "idx_logs_event": ("logs", "event"),
    "idx_logs_timestamp": ("logs", "timestamp"),
    "idx_slice_items_session": ("slice_items", "session_id"),
    "idx_slice_items_type": ("slice_items", "slice_type"),
    "idx_slice_items_item_type": ("slice_items", "item_type"),
    "idx_tools_session": ("tool_invocations", "session_id"),
    "idx_tools_name": ("tool_invocations", "tool_name"),
    "idx_tools_success": ("tool_invocations", "result_success"),
    "idx_tools_timestamp": ("tool_invocations", "timestamp"),
    "idx_prompt_events_session": ("prompt_events", "session_id"),
    "idx_prompt_events_type": ("prompt_events", "event_type"),
    "idx_prompt_events_timestamp": ("prompt_events", "timestamp"),
    "idx_files_session": ("files", "session_id"),
    "idx_files_path": ("files", "path"),
    "idx_files_archive": ("files", "archive_id"),
}


@pytest.fixture(scope="module")
def run_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle with the tables of the specification: one that does not share text."""
    folder = tmp_path_factory.mktemp("run")
    source = shutil.copytree(FIXTURES / "run", folder / "run")
    with form_as_asked(), DebugBundle.from_directory(source, output=folder / "run.db", recursive=True) as bundle:
        return bundle.path


def specified_objects(kind: str) -> set[str]:
    """Return the names of the tables, views or indexes that the specification creates."""
    with closing(_specified()) as database:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_%'", (kind,))
        return {name for (name,) in found}


def _specified() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.executescript(SPECIFIED_SQL)
    return database


def specified(pragma: str) -> list[tuple[object, ...]]:
    """Return the rows of a pragma on a database made with the specification's SQL."""
    with closing(_specified()) as database:
        return database.execute(pragma).fetchall()


class TestTheLists:
    """The lists of names that the tests below use are complete."""

    def test_tables(self):
        """Every table of the specification is tested."""
        assert specified_objects("table") == set(TABLES)

    def test_views(self):
        """Every view of the specification is tested."""
        assert specified_objects("view") == set(VIEWS)

    def test_indexes(self):
        """Every index of the specification is tested."""
        assert specified_objects("index") == set(INDEXES)


@pytest.mark.parametrize("table", TABLES)
class TestTables:
    """Each specified table."""

    def test_columns(self, run_bundle, table):
        """The specified columns come first and in order, each with type, NOT NULL, default and key position."""
        want = specified(f"PRAGMA table_info({table})")
        assert rows(run_bundle, f"PRAGMA table_info({table})")[: len(want)] == want

    def test_foreign_keys(self, run_bundle, table):
        """A table has its specified foreign keys."""
        want = {row[2:] for row in specified(f"PRAGMA foreign_key_list({table})")}
        assert want <= {row[2:] for row in rows(run_bundle, f"PRAGMA foreign_key_list({table})")}

    def test_autoincrement(self, run_bundle, table):
        """Tables for which the specification says AUTOINCREMENT never reuse an id."""
        sql = f"SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE name = '{table}'"
        assert rows(run_bundle, sql) == specified(sql)


class TestConstraints:
    """Constraints that no pragma shows."""

    def test_one_row_of_meta(self, run_bundle, tmp_path):
        """A second row of bundle_meta is refused."""
        copy = tmp_path / "copy.db"
        copy.write_bytes(run_bundle.read_bytes())
        with closing(sqlite3.connect(copy)) as database:
            insert = (
                "INSERT INTO bundle_meta (id, bundle_id, created_at, wink_version, schema_version) VALUES (2,1,1,1,1)"
            )
            with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
                database.execute(insert)

    def test_text_unless_binary(self, run_bundle, tmp_path):
        """A file is text unless it is marked as binary."""
        copy = tmp_path / "copy.db"
        copy.write_bytes(run_bundle.read_bytes())
        with closing(sqlite3.connect(copy)) as database:
            columns = "archive_id, path, size_bytes, artifact_id, member, sha256"
            added = database.execute(
                f"INSERT INTO files ({columns}) VALUES ('a', 'p', 0, 1, 1, '') RETURNING is_binary"
            )
            assert added.fetchall() == [(0,)]


@pytest.mark.parametrize("index", INDEXES)
def test_index(run_bundle, index):
    """Each specified index is on its specified column."""
    found = rows(run_bundle, "SELECT tbl_name FROM sqlite_master WHERE type = 'index' AND name = ?", (index,))
    columns = [name for _, _, name in rows(run_bundle, f"PRAGMA index_info({index})")]
    assert (*found[0], *columns) == INDEXES[index]


@pytest.mark.parametrize("view", VIEWS)
class TestViews:
    """Each specified view."""

    def test_columns(self, run_bundle, view):
        """A view has the specified columns in order."""
        with closing(_specified()) as specified_database, sqlite_connection(run_bundle) as bundle:
            want = [entry[0] for entry in specified_database.execute(f"SELECT * FROM {view}").description]
            assert [entry[0] for entry in bundle.execute(f"SELECT * FROM {view}").description] == want

    @pytest.mark.parametrize("case", ["run", "evaluation", "repeated", "shared-dispatcher"])
    def test_rows(self, fixture_bundle, view, case):
        """A view gives the rows that the specification's own SQL gives on the same data."""
        with closing(_specified()) as database:
            (sql,) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (view,)).fetchone()
        with sqlite_connection(fixture_bundle(case)) as bundle:
            ours = bundle.execute(f"SELECT * FROM main.{view}").fetchall()
            bundle.execute(sql.replace("CREATE VIEW", "CREATE TEMP VIEW"))
            theirs = bundle.execute(f"SELECT * FROM temp.{view}").fetchall()
        assert sorted(ours, key=repr) == sorted(theirs, key=repr)


@pytest.mark.parametrize("view", ["execution_timeline", "error_log"])
def test_views_are_in_order_of_time(run_bundle, view):
    """The views of events are in order of time and not empty."""
    times = [time for (time,) in rows(run_bundle, f"SELECT timestamp FROM {view}")]
    assert times == sorted(times)
    assert len(times) > 10


@pytest.mark.parametrize("view", ["token_summary", "tool_summary"])
def test_summaries_hold_rows(run_bundle, view):
    """The summaries of a run with tools and prompts are not empty."""
    assert rows(run_bundle, f"SELECT count(*) > 0 FROM {view}") == [(1,)]


class TestMeta:
    """The one row of bundle_meta."""

    def test_values(self, run_bundle):
        """bundle_meta has a UUID, an ISO time, this release, its schema version, the root session and the source."""
        [(bundle_id, created, version, schema)] = rows(
            run_bundle, "SELECT bundle_id, created_at, wink_version, schema_version FROM bundle_meta"
        )
        assert str(uuid.UUID(bundle_id)) == bundle_id
        assert datetime.fromisoformat(created).utcoffset() is not None
        assert (version, schema) == (__version__, 1)

    def test_root_and_source(self, run_bundle):
        """bundle_meta has the root session and the source directory."""
        [(root, source)] = rows(run_bundle, "SELECT root_session_id, source_directory FROM bundle_meta")
        assert root == "3e4b1302-ec6d-4774-a957-7dd055cbc3ef"
        assert source == str(run_bundle.parent / "run")
