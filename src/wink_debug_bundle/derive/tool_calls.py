"""Fills the table `calls` from call fragments of logs, ToolInvoked events of sessions, and transcripts."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

import apsw

from ..database.shared_text import FILES, stored_table
from ..run_rows import CallFragmentRow, CallRow
from ..timestamps import elapsed_ms
from .call_fragments import join_fragments
from .call_merging import SUCCESS, InvokedEvent, TranscriptEntry, all_source_names, failure_outcome, merge
from .reopened_runs import reopen_runs
from .sql_files import derive_sql

_INSERT = f"INSERT INTO calls ({', '.join(CallRow._fields)}) VALUES ({', '.join('?' * len(CallRow._fields))})"

_HAS_RUN_WITHOUT_SESSION = (
    "SELECT EXISTS (SELECT 1 FROM temp.members JOIN runs ON runs.id = run_id WHERE session_id IS NULL)"
)

_FIND_OPEN_RUNS = """
INSERT INTO temp.open_runs
SELECT DISTINCT run_id FROM temp.members WHERE run_id NOT IN (SELECT run_id FROM settled_runs)
"""

_HAS_UNITS = "SELECT EXISTS (SELECT 1 FROM temp.open_runs) OR EXISTS (SELECT 1 FROM temp.trees)"
_HAS_OPEN_RUNS = "SELECT EXISTS (SELECT 1 FROM temp.open_runs)"

_RECORDS = (("logged", CallFragmentRow), ("invoked", InvokedEvent), ("written", TranscriptEntry))
"""The three kinds of records of a call: the name of their query, and the class of its rows."""

_NO_RUN = 1 << 62
"""Stands for the run's id in the units of trees, which come after all runs."""

Unit = tuple[int, str]
"""The calls that are merged together: of a run (its id, ""), or of a tree of sessions (`_NO_RUN`, id of its root)."""


def derive_calls(
    connection: apsw.Connection, members: Iterable[tuple[int, int]], split_logs: Iterable[tuple[int]]
) -> None:
    """Write a row for each tool call that was not put together when its run was read.

    The calls of runs come first, in the order of the runs; then those of trees of sessions that several kinds of records
    know, in the order of their roots; then those that only logs know, and those that only events know.

    Memory holds the records of one run, or of one tree, at a time.

    Args:
        connection: The bundle under construction, with all rows of all artifacts.
        members: Ids of the artifacts inside the zips of runs, each with the id of its run.
        split_logs: Ids of the logs that may have been read in more than one block.

    Raises:
        apsw.Error: the rows could not be written.
    """
    connection.create_scalar_function("elapsed_ms", _elapsed_ms, 2, deterministic=True)  # type: ignore[arg-type]
    connection.create_scalar_function("failure_outcome", failure_outcome, 2, deterministic=True)  # type: ignore[arg-type]
    with connection:
        connection.execute(derive_sql("inputs"))
        connection.executemany("INSERT INTO temp.members VALUES (?, ?)", members)
        reopen_runs(connection)
        connection.execute(_FIND_OPEN_RUNS)
        connection.executemany("INSERT INTO temp.split_logs VALUES (?)", split_logs)
        connection.executemany("INSERT INTO temp.source_names VALUES (?, ?)", all_source_names())
        connection.executemany("INSERT INTO temp.outcomes VALUES (?, ?)", SUCCESS.items())
        if connection.execute(_HAS_RUN_WITHOUT_SESSION).get:  # checked first, because the script scans all logs
            files = stored_table(connection, FILES)
            connection.execute(derive_sql("single_session_runs").replace("{files}", files))
        _join_fragments(connection)
        connection.execute(derive_sql("trees"))
        connection.execute(derive_sql("shared_sessions"))
        has_units = connection.execute(
            _HAS_UNITS
        ).get  # checked first, because finding them scans all events and entries
        for (run_id, _), fragments, events, entries in _units(connection) if has_units else ():
            connection.executemany(_INSERT, merge(run_id if run_id < _NO_RUN else None, fragments, events, entries))
        if connection.execute(_HAS_OPEN_RUNS).get:
            connection.execute(derive_sql("in_order"))
        connection.execute(derive_sql("standalone_calls"))
        connection.execute(derive_sql("standalone_events"))
        connection.execute(derive_sql("drop"))


def _join_fragments(connection: apsw.Connection) -> None:
    """Merge the fragments of each call into its first fragment, and delete the others."""
    joined = join_fragments(connection.execute(derive_sql("unmatched_fragments")))
    connection.executemany("INSERT INTO temp.joined VALUES (?, ?, ?)", joined)
    connection.execute(derive_sql("join_fragments"))
    merged = {fragment for _, *fragments in joined for fragment in fragments if fragment is not None}
    connection.executemany("DELETE FROM call_fragments WHERE id = ?", [(fragment,) for fragment in sorted(merged)])


def _units(
    connection: apsw.Connection,
) -> Iterator[tuple[Unit, list[CallFragmentRow], list[InvokedEvent], list[TranscriptEntry]]]:
    """Yield each tree and each run with the three kinds of records of its calls, in the order of the units."""
    merged = heapq.merge(*(_records(connection, kind) for kind in range(len(_RECORDS))), key=itemgetter(0, 1))
    for unit, groups in itertools.groupby(merged, key=itemgetter(0)):
        kinds: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        for _, kind, rows in groups:
            kinds[kind].extend(rows)
        yield unit, *kinds


def _records(connection: apsw.Connection, kind: int) -> Iterator[tuple[Unit, int, list[Any]]]:
    """Yield the records of one kind for each tree and each run that has any, in the order of the units."""
    query, row_type = _RECORDS[kind]
    for unit, rows in itertools.groupby(connection.execute(derive_sql(query)), key=itemgetter(0, 1)):
        yield unit, kind, [row_type._make(row[2:]) for row in rows]


def _elapsed_ms(started_at: Any, ended_at: Any) -> float | None:
    """Return the milliseconds between two times for SQL; NULL if one of them is."""
    return None if started_at is None or ended_at is None else elapsed_ms(started_at, ended_at)
