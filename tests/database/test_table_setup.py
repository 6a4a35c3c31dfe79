"""Tables are filled without what is costly for each row, and completed afterwards."""

from __future__ import annotations

import apsw
import pytest

from wink_debug_bundle.database.schema_files import create_schema, index_statements
from wink_debug_bundle.database.table_setup import EVENTS, complete_tables, create_empty_tables

OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'sqlite_%' ORDER BY 1, 2"

RECORDS = """
WITH RECURSIVE number(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number WHERE value < ?)
INSERT INTO logs (timestamp, level, logger, message, artifact_id, line) SELECT '', '', '', '', 1, value FROM number
"""


@pytest.fixture
def connection():
    """Return a database with empty tables, in which two events were written three times each, with others between."""
    connection = apsw.Connection(":memory:")
    create_empty_tables(connection)
    for number, event in enumerate(["a", "b", "a", "c", "b", "a", "d", "b", "e"], 1):
        connection.execute(
            "INSERT INTO tool_invocations VALUES (?, 's', 'p', 'x', 't', NULL, '', '{}', 1, NULL, NULL, NULL, NULL, NULL,"
            " NULL, 'result', ?, 0)",
            (event, number),
        )
    return connection


def test_the_first_row_of_an_event_stays(connection):
    """Rows are numbered without gaps, as if the repeated ones had never been written."""
    complete_tables(connection)
    rows = list(connection.execute("SELECT rowid, event_id, snapshot_id FROM tool_invocations"))
    assert rows == [(1, "a", 1), (2, "b", 2), (3, "c", 4), (4, "d", 7), (5, "e", 9)]


def test_the_index_of_the_key_holds_each_event_once(connection):
    """SQLite finds an event by its key, refuses it a second time, and finds no damage."""
    complete_tables(connection)
    plan = connection.execute("EXPLAIN QUERY PLAN SELECT rowid FROM tool_invocations WHERE event_id = 'd'").get
    assert "sqlite_autoindex_tool_invocations_1" in plan[-1]
    assert connection.execute("SELECT rowid FROM tool_invocations WHERE event_id = 'd'").get == 4
    assert connection.pragma("integrity_check") == "ok"
    with pytest.raises(apsw.ConstraintError):
        connection.execute("INSERT INTO tool_invocations SELECT * FROM tool_invocations WHERE event_id = 'd'")


def test_the_schema_is_that_of_the_files(connection):
    """Completed tables have the same objects as tables that are created with their SQL."""
    complete_tables(connection)
    created = apsw.Connection(":memory:")
    create_schema(created)
    tables = {(kind, name, table, sql) for kind, name, table, sql in created.execute(OBJECTS) if kind == "table"}
    keys = {(kind, name, table, sql) for kind, name, table, sql in created.execute(OBJECTS) if sql is None}
    assert set(connection.execute(OBJECTS)) == tables | keys


@pytest.mark.parametrize("table", EVENTS)
def test_no_index_is_left_over(connection, table):
    """The indexes of a completed table of events are that of its key, and those of its file."""
    complete_tables(connection)
    names = {name for (name,) in connection.execute("SELECT name FROM pragma_index_list(?)", (table,))}
    assert names == {f"sqlite_autoindex_{table}_1"}
    for statement in index_statements(table):
        connection.execute(statement)


def steps_of_completing(log_count: int) -> int:
    """Return how many steps SQLite's virtual machine takes to complete tables with so many records, in tens."""
    connection = apsw.Connection(":memory:")
    create_empty_tables(connection)
    connection.execute(RECORDS, (log_count,))
    steps = 0

    def count() -> bool:
        nonlocal steps
        steps += 1
        return False

    connection.set_progress_handler(count, 10)
    complete_tables(connection)
    assert connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall() == [("logs", log_count)]
    return steps


def test_the_last_id_is_read_from_the_end():
    """Completing many log records takes no more steps than completing few."""
    assert steps_of_completing(5_000) == steps_of_completing(5)
