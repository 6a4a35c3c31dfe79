"""The descriptions of tables, views, columns and indexes, and the page generated from them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from support.artifact_samples import ROOT, column

from wink_debug_bundle.database.catalog import Reference, Relation, describe, describe_schema
from wink_debug_bundle.database.connection import open_bundle
from wink_debug_bundle.database.schema_files import TABLES, VIEWS
from wink_debug_bundle.database.shared_text import has_shared_text

GENERATOR = ROOT / "docs" / "generate_schema.py"


def relation(name: str) -> Relation:
    return next(found for found in describe_schema() if found.name == name)


class TestSchema:
    """Descriptions of the schema."""

    def test_lists_every_table_and_view_in_order(self):
        """The order is the schema's: the specification's tables, further tables, views."""
        assert [found.name for found in describe_schema()] == [*TABLES, *VIEWS]

    @pytest.mark.parametrize("name", [*TABLES, *VIEWS])
    def test_everything_has_a_sentence(self, name):
        """Each table, view, column and index is described in a sentence."""
        found = relation(name)
        sentences = [found.description, *(part.description for part in (*found.columns, *found.indexes))]
        assert found.columns
        assert all(sentence.endswith(".") and sentence[0] != "-" for sentence in sentences), sentences

    def test_column_facts(self):
        """A column has its type, key position, default and reference."""
        files = relation("files")
        assert (files.column("id").type, files.column("id").key_position) == ("INTEGER", 1)
        assert files.column("is_binary").default == "0"
        assert files.column("path").not_null
        assert not files.column("content").not_null
        assert files.column("session_id").references == Reference("sessions", "session_id")
        assert files.column("path").references is None

    def test_indexes_keep_their_order_and_columns(self):
        """Indexes are listed in the order of the SQL files."""
        found = relation("sessions").indexes
        assert [(index.name, index.columns, index.unique) for index in found] == [
            ("idx_sessions_parent", ("parent_session_id",), False),
            ("idx_sessions_order", ("parent_session_id", "source", "created_at", "session_id"), False),
        ]

    def test_comment_marks_in_texts(self):
        """Two dashes within a quoted text do not begin a comment."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(
                "CREATE VIEW odd AS\n-- Odd.\nSELECT\n    'a -- b' AS dashes,  -- Two dashes.\n    1 - 2 AS one"
            )
            (odd,) = describe(connection)
        assert odd.description == "Odd."
        assert [(column.name, column.description) for column in odd.columns] == [("dashes", "Two dashes."), ("one", "")]

    def test_names_that_need_quotes(self):
        """A table that is not part of the schema is described too, and listed last."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute('CREATE TABLE "a ""b"" c" ("select" TEXT, plain)')
            (found,) = describe(connection)
        assert (found.name, found.description) == ('a "b" c', "")
        assert [column.name for column in found.columns] == ["select", "plain"]


def test_a_finished_bundle_has_the_descriptions(run_bundle):
    """A finished bundle holds every description of the SQL files."""
    with closing(open_bundle(run_bundle)) as connection:
        found = describe(connection)
        schema = describe_schema(shares_text=has_shared_text(connection))
    assert found[: len(schema)] == schema
    assert {relation.name for relation in found[len(schema) :]} == set(
        column(run_bundle, "SELECT view_name FROM slice_views")
    )


def test_schema_page_is_up_to_date():
    """docs/schema.md is what the SQL files generate."""
    run = subprocess.run([sys.executable, GENERATOR, "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_schema_page_check_notices_drift(tmp_path):
    """The check fails for a page with another text."""
    copy = tmp_path / "docs" / GENERATOR.name
    copy.parent.mkdir()
    copy.write_text(GENERATOR.read_text(encoding="utf-8"), encoding="utf-8")
    copy.with_name("schema.md").write_text("# Something else\n", encoding="utf-8")
    run = subprocess.run([sys.executable, copy, "--check"], capture_output=True, text=True, check=False)
    assert (run.returncode, "out of date" in run.stderr) == (1, True)


def test_comment_of_several_lines() -> None:
    """The comment of a column goes on in the lines below it that have no code, in tables and in views."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE TABLE t (\n  -- Things.\n  a TEXT,  -- One\n  -- and more\n  -- of it.\n  b TEXT  -- Two.\n)"
        )
        connection.execute(
            "CREATE VIEW v AS\n-- Views.\nSELECT\n  a,  -- One,\n  -- again.\n  -- And again.\n  b\nFROM t"
        )
        table, view = describe(connection)
    assert [(column.name, column.description) for column in table.columns] == [
        ("a", "One and more of it."),
        ("b", "Two."),
    ]
    assert [(column.name, column.description) for column in view.columns] == [
        ("a", "One, again. And again."),
        ("b", ""),
    ]
