"""The comment of a column that holds values of a fixed set lists exactly these values, and data has no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from support.artifact_samples import column

from wink_debug_bundle.column_values import COLUMN_VALUES
from wink_debug_bundle.database.catalog import describe_schema
from wink_debug_bundle.database.schema_files import VIEWS, create_schema

Name = tuple[str, str]
"""A table or view, and its column."""

LISTS = {("calls", "source")}
"""Columns that hold several values of their set, separated by commas."""

NARROWER = {
    ("failed_runs", "kind"): "the view has failures of runs and samples only",
    ("failed_runs", "last_entry_type"): "the view leaves out entries without content",
}
"""View columns that show some values of a registered column, with the reason."""

COMPUTED = {
    ("execution_timeline", "event_type"): "the view itself names the three kinds of events",
    ("sample_results", "result"): "runs have it as a column, and sessions as that of a view",
    ("session_results", "result"): "the view itself derives the result from prompts and failures",
    ("session_samples", "result"): "the view itself derives the result from score and error",
    ("token_usage", "source"): "runs and prompts together have all sources, prompts only one",
    ("runs", "triggered_by"): "the manifest says it, and the library may add others",
}
"""Columns that quote all their values but are not registered, with the reason."""

EXAMPLES = {
    ("failures", "name"): "most names are those of exceptions, tools and log events",
    ("failure_signatures", "name"): "the same column in a view",
    ("failed_runs", "name"): "the same column in a view",
}
"""Columns that quote some of their values, with the reason."""

RELEASES = ("0.20.0", "0.24.0", "0.27.0")

QUOTED = re.compile(r"(?<!\w)'([^']+)'(?!\w)")
"""A value in a comment; an apostrophe that follows a letter is a genitive's."""


def comments() -> dict[Name, str]:
    """Return the comment of every column of the schema."""
    relations = describe_schema()
    return {(relation.name, column.name): column.description for relation in relations for column in relation.columns}


def quoted_values(comment: str) -> list[str]:
    """Return the values that a comment quotes, in its order."""
    return QUOTED.findall(comment)


def registered_values(name: Name) -> list[str]:
    """Return the values that a registered column may hold."""
    return [str(member.value) for member in COLUMN_VALUES[name]]


def shown_columns() -> dict[Name, Name]:
    """Return the registered columns that views show, by the column of the view, as SQLite resolves them."""
    shown: dict[Name, Name] = {}
    connection = apsw.Connection(":memory:")
    create_schema(connection)

    def note_origins(cursor: apsw.Cursor, _sql: str, _bindings: object) -> bool:
        for name, _, _, table, origin in cursor.description_full:
            if (table, origin) in COLUMN_VALUES:
                shown[view, name] = table, origin
        return True

    connection.exec_trace = note_origins
    for view in VIEWS:
        connection.execute(f"SELECT * FROM {view}")
    return shown


def found_values(path: Path, name: Name) -> Iterator[str]:
    """Yield the distinct values of a column of a bundle, without NULL."""
    table, column_name = name
    for value in column(path, f'SELECT DISTINCT "{column_name}" FROM {table} WHERE "{column_name}" IS NOT NULL'):
        yield from value.split(",") if name in LISTS else [value]


class TestComments:
    @pytest.mark.parametrize("name", COLUMN_VALUES, ids=".".join)
    def test_a_table_quotes_all_values_in_their_order(self, name):
        """The comment of a registered column quotes each value of its enum once, and nothing else."""
        assert quoted_values(comments()[name]) == registered_values(name)

    @pytest.mark.parametrize("name", sorted(shown_columns().keys() - NARROWER.keys()), ids=".".join)
    def test_a_view_quotes_the_same(self, name):
        """A view that shows a registered column, under whichever name, quotes the same values."""
        assert quoted_values(comments()[name]) == registered_values(shown_columns()[name])

    @pytest.mark.parametrize("name", NARROWER, ids=".".join)
    def test_a_narrower_view_quotes_some_of_them(self, name):
        """A view that leaves values out quotes those that remain."""
        assert set(quoted_values(comments()[name])) < set(registered_values(shown_columns()[name]))

    def test_every_list_of_values_is_registered(self):
        """A comment that quotes two or more values belongs to a registered column, or to a known exception."""
        lists = {name for name, comment in comments().items() if len(quoted_values(comment)) > 1}
        assert lists == {*COLUMN_VALUES, *shown_columns(), *COMPUTED, *EXAMPLES}

    def test_views_show_registered_columns(self):
        """SQLite names the table behind a view's column, so that the tests above see some."""
        assert shown_columns()["tool_calls", "outcome"] == ("calls", "outcome")
        assert shown_columns()["failed_runs", "last_outcome"] == ("calls", "outcome")

    def test_genitives_are_not_quotes(self):
        """An apostrophe after a letter quotes nothing."""
        assert quoted_values("An archive's 'own' bytes, the runs' 'too long' and 'tool.execution'.") == [
            "own",
            "too long",
            "tool.execution",
        ]


class TestData:
    @pytest.mark.parametrize("name", COLUMN_VALUES, ids=".".join)
    def test_registered_columns_hold_registered_values(self, any_bundle, name):
        """What the fixtures hold is within the enum of its column."""
        assert set(found_values(any_bundle, name)) <= set(registered_values(name))

    @pytest.mark.parametrize("name", [*shown_columns(), *COMPUTED], ids=".".join)
    def test_other_columns_hold_what_their_comments_quote(self, any_bundle, name):
        """Columns that quote all their values without being registered, and those of views, hold no others."""
        values = {value for found in found_values(any_bundle, name) for value in found.split(",")}
        assert values <= set(quoted_values(comments()[name]))

    def test_no_registered_column_is_empty(self, release_bundle):
        """Together the releases fill every registered column, so that the comparison is not of nothing."""
        bundles = [release_bundle(version) for version in RELEASES]
        for name in COLUMN_VALUES:
            assert any(set(found_values(path, name)) for path in bundles), name
