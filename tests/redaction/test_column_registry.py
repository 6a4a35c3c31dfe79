"""Every column of a bundle says what redaction does with it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from wink_debug_bundle.database.catalog import describe, describe_schema
from wink_debug_bundle.database.schema_files import SHARED_TABLES, TABLES, create_schema
from wink_debug_bundle.redaction.column_registry import UnregisteredError, check_registered, register, registry

HASHED = re.compile(r"sha256|_hash$")


def test_every_table_and_column_has_a_word() -> None:
    """The schema is enumerated: a new column without a word stops redaction, and this test."""
    tables = {**registry(shares_text=False), **registry(shares_text=True)}
    assert tables.keys() == {*TABLES, *SHARED_TABLES}
    assert sum(len(table.words) for table in tables.values()) > 290


def test_words_do_not_show_in_descriptions() -> None:
    """A description is what people and agents read; the word is a field of its own."""
    for relation in describe_schema():
        for column in relation.columns:
            assert not re.search(r"\[\w+\]$", column.description), (relation.name, column.name)


def test_hashes_are_never_kept() -> None:
    """The hash of a short secret tells the secret to whoever tries all of them."""
    for table in registry(shares_text=False).values():
        for column, word in table.words.items():
            assert not (HASHED.search(column) and word == "keep"), (table.name, column)


def test_free_text_is_searched() -> None:
    """No column whose values are anything but numbers, times and fixed words is kept as it is."""
    words = registry(shares_text=False)
    for table, column in (("logs", "message"), ("logs", "context"), ("files", "content"), ("runs", "traceback")):
        assert words[table].words[column] in ("text", "json")
    for table, column in (("files", "path"), ("slice_items", "slice_type"), ("sessions", "session_id")):
        assert words[table].words[column] == "path"


def test_a_column_without_a_word_stops() -> None:
    """A column that somebody adds without thinking of redaction is named."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE TABLE notes (\n id INTEGER PRIMARY KEY,  -- Its id. [keep]\n body TEXT  -- What it says.\n)"
        )
        with pytest.raises(UnregisteredError, match=r"notes\.body does not say"):
            register(describe(connection))


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE notes (body)", "CREATE VIEW notes AS SELECT 1", "ALTER TABLE logs ADD note"]
)
def test_what_a_stranger_added_stops(sql: str) -> None:
    """A bundle with a table, view or column that the schema lacks is not redacted."""
    with closing(sqlite3.connect(":memory:")) as connection:
        create_schema(connection)
        check_registered(connection, shares_text=False)
        connection.execute(sql)
        with pytest.raises(UnregisteredError, match="not part of the schema"):
            check_registered(connection, shares_text=False)
