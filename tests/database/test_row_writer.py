"""Rows of many batches, inserted with few statements."""

from __future__ import annotations

from collections.abc import Sequence

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle.batch import Batch
from wink_debug_bundle.database.inserts.known_events import KnownEvents
from wink_debug_bundle.database.inserts.row_writer import RowWriter
from wink_debug_bundle.database.schema_files import create_staging
from wink_debug_bundle.database.table_setup import create_empty_tables
from wink_debug_bundle.rows import LogRow, SliceItemRow, SnapshotRow, ToolInvocationRow
from wink_debug_bundle.run_rows import CallFragmentRow

_LOG = LogRow(None, "time", "INFO", "logger", None, "message", None, 1, 1, None)
_SNAPSHOT = SnapshotRow("session", "", 1, 1, "{}", 1, 1)
_ITEM = SliceItemRow("session", "type", 0, "type", "1", 1)
_EVENT = ToolInvocationRow("event", "session", "", "", "tool", None, "", "", 1, *[None] * 6, "result", 1, 0)  # type: ignore[arg-type]
_FRAGMENT = CallFragmentRow(1, 1, None, 0, "tool", None, None, None, 1, None, *[None] * 5, 0)


@pytest.fixture
def connection() -> apsw.Connection:
    return _empty()


def _empty() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    create_empty_tables(connection)
    create_staging(connection)
    return connection


def _write(connection: apsw.Connection, batches: Sequence[Batch], lines_before: int = 0) -> None:
    writer = RowWriter(connection, KnownEvents())
    for batch in batches:
        writer.add(batch, lines_before)
    writer.flush()


def _snapshot_batch(item_count: int) -> Batch:
    batch = Batch(1)
    batch.add(_SNAPSHOT)
    batch.table(SliceItemRow).extend([_ITEM] * item_count)
    return batch


def test_small_batches_share_one_statement_for_each_table(connection: apsw.Connection) -> None:
    statements: list[str] = []
    connection.exec_trace = lambda _, sql, __: statements.append(sql) or True  # type: ignore[func-returns-value]
    _write(connection, [_snapshot_batch(3) for _ in range(10)])
    assert len(set(statements)) == 5  # three counts of rows, and one text for each of the two tables


@given(counts=st.lists(st.sampled_from([1, 3, 199, 200, 201]), min_size=1, max_size=5))
def test_items_belong_to_the_snapshot_of_their_batch(counts: list[int]) -> None:
    connection = _empty()
    _write(connection, [_snapshot_batch(count) for count in counts])
    _write(connection, [_snapshot_batch(2)])
    found = connection.execute("SELECT snapshot_id, count(*) FROM slice_items GROUP BY 1 ORDER BY min(id)").fetchall()
    assert found == list(enumerate([*counts, 2], 1))


def test_lines_follow_those_before_the_batch(connection: apsw.Connection) -> None:
    batch = Batch(1)
    batch.table(LogRow).extend([_LOG, _LOG._replace(line=2)])
    _write(connection, [batch], lines_before=7)
    assert connection.execute("SELECT id, line FROM logs").fetchall() == [(1, 8), (2, 9)]


def test_a_relative_column_without_a_value_stays_empty(connection: apsw.Connection) -> None:
    logs, fragments = Batch(1), Batch(1)
    logs.add(_LOG)
    fragments.add(_LOG)
    fragments.add(_FRAGMENT)
    _write(connection, [logs, fragments])
    found = connection.execute("SELECT requested_log_id, started_log_id FROM call_fragments").fetchall()
    assert found == [(None, 2)]


def test_the_first_row_with_a_key_of_the_source_stays(connection: apsw.Connection) -> None:
    first, second = Batch(1), Batch(1)
    first.add(_EVENT)
    second.add(_EVENT._replace(tool_name="other"))
    _write(connection, [first, second])
    assert connection.execute("SELECT tool_name FROM tool_invocations").fetchall() == [("tool",)]
