"""Fill the table of calls from the parts that logs told, the sessions' events and the transcripts."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

import apsw

from ..run_rows import CallFragmentRow, CallRow
from ..timestamps import elapsed_ms
from .call_fragments import join_fragments
from .call_merging import SUCCESS, Invoked, Written, all_source_names, merge
from .sql_files import derive_sql

_INSERT = f"INSERT INTO calls ({', '.join(CallRow._fields)}) VALUES ({', '.join('?' * len(CallRow._fields))})"

_LONE = "SELECT EXISTS (SELECT 1 FROM temp.members JOIN runs ON runs.id = run_id WHERE session_id IS NULL)"

_KINDS = (("logged", CallFragmentRow), ("invoked", Invoked), ("written", Written))
"""What tells of a call: the name of its query, and the class of its rows."""

Unit = tuple[int, str]
"""The id of a run, or 0 and the root of a tree of sessions."""


def derive_calls(
    connection: apsw.Connection, members: Iterable[tuple[int, int]], split_logs: Iterable[tuple[int]]
) -> None:
    """Write a row for each tool call: those of logs alone, those of trees of sessions, those of runs.

    What is held in memory is what tells of the calls of one run, or of one tree.

    Args:
        connection: The bundle under construction, with all rows of all artifacts.
        members: The artifacts that lie in the zip of a run, and the run of each.
        split_logs: The logs that were read in more than one block.

    Raises:
        apsw.Error: the rows could not be written.
    """
    connection.create_scalar_function("elapsed_ms", _elapsed_ms, 2, deterministic=True)  # type: ignore[arg-type]
    with connection:
        connection.execute(derive_sql("inputs"))
        connection.executemany("INSERT INTO temp.members VALUES (?, ?)", members)
        connection.executemany("INSERT INTO temp.split_logs VALUES (?)", split_logs)
        connection.executemany("INSERT INTO temp.source_names VALUES (?, ?)", all_source_names())
        connection.executemany("INSERT INTO temp.outcomes VALUES (?, ?)", SUCCESS.items())
        if connection.execute(_LONE).get:  # else the scan of all logs is spared
            connection.execute(derive_sql("single_session_runs"))
        _join_parts(connection)
        connection.execute(derive_sql("trees"))
        connection.execute(derive_sql("shared_sessions"))
        connection.execute(derive_sql("standalone_calls"))
        for (run_id, _), logged, invoked, written in _units(connection):
            connection.executemany(_INSERT, merge(run_id or None, logged, invoked, written))
        connection.execute(derive_sql("drop"))


def _join_parts(connection: apsw.Connection) -> None:
    """Make one part of those that a cut through a log has parted."""
    joined = join_fragments(connection.execute(derive_sql("unmatched_fragments")))
    connection.executemany("INSERT INTO temp.joined VALUES (?, ?, ?)", joined)
    connection.execute(derive_sql("join_fragments"))
    rests = {part for _, *parts in joined for part in parts if part is not None}
    connection.executemany("DELETE FROM call_fragments WHERE id = ?", [(part,) for part in sorted(rests)])


def _units(
    connection: apsw.Connection,
) -> Iterator[tuple[Unit, list[CallFragmentRow], list[Invoked], list[Written]]]:
    """What tells of the calls of each tree and each run, in the order of these."""
    merged = heapq.merge(*(_told(connection, kind) for kind in range(len(_KINDS))), key=itemgetter(0, 1))
    for unit, told in itertools.groupby(merged, key=itemgetter(0)):
        kinds: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        for _, kind, rows in told:
            kinds[kind].extend(rows)
        yield unit, *kinds


def _told(connection: apsw.Connection, kind: int) -> Iterator[tuple[Unit, int, list[Any]]]:
    """Rows of one kind for each tree and each run that has some, in the order of these."""
    query, row_type = _KINDS[kind]
    for unit, rows in itertools.groupby(connection.execute(derive_sql(query)), key=itemgetter(0, 1)):
        yield unit, kind, [row_type._make(row[2:]) for row in rows]


def _elapsed_ms(begin: Any, end: Any) -> float | None:
    return None if begin is None or end is None else elapsed_ms(begin, end)
