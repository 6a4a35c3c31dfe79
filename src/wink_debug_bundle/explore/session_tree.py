"""List the sessions of a bundle as a tree, one after the other, however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

_COLUMNS = """
SELECT
    session_id,
    parent_session_id,
    created_at,
    EXISTS (SELECT 1 FROM sessions AS child WHERE child.parent_session_id = sessions.session_id)
FROM sessions
"""
_AMONG = "ORDER BY source DESC, created_at, session_id"
"""The index idx_sessions_order has this order, so that the first of many are found at once; 'snapshot' comes first."""

_BY_TIME = """
LEFT JOIN times ON times.time = sessions.created_at
{where}
ORDER BY source DESC, CASE WHEN times.time IS NULL THEN created_at ELSE times.utc END NULLS LAST, session_id
"""
_ROOTS, _CHILDREN = "WHERE parent_session_id IS NULL", "WHERE parent_session_id = ?"


class ListedSession(NamedTuple):
    """A session in the tree; a root has the depth 0."""

    depth: int
    session_id: str
    parent_session_id: str | None
    created_at: str


def session_tree(connection: sqlite3.Connection) -> Iterator[ListedSession]:
    """Yield each session once, parents before their children; last those of circles, which no root leads to.

    Memory holds the sessions above the current one, and the ids of those in circles.
    """
    has_odd_times = connection.execute("SELECT EXISTS (SELECT 1 FROM times)").fetchone()[0]
    count = connection.execute("SELECT count(*) FROM sessions").fetchone()[0]
    listed = 0
    for session in _below(connection, _sql(_ROOTS, has_odd_times), (), has_odd_times, None):
        listed += 1
        yield session
    if listed == count:
        return
    seen: set[str] = set()
    for top in connection.execute(_UNREACHED):
        yield from _below(connection, _sql("WHERE sessions.session_id = ?", has_odd_times), top, has_odd_times, seen)


_UNREACHED = """
WITH RECURSIVE
    reached(session_id) AS (
        SELECT session_id FROM sessions WHERE parent_session_id IS NULL
        UNION ALL
        SELECT child.session_id FROM reached JOIN sessions AS child ON child.parent_session_id = reached.session_id
    )
SELECT session_id
FROM sessions
WHERE session_id NOT IN (SELECT session_id FROM reached)
ORDER BY source DESC, created_at, session_id
"""


def _sql(where: str, has_odd_times: object) -> str:
    return f"{_COLUMNS} {_BY_TIME.format(where=where)}" if has_odd_times else f"{_COLUMNS} {where} {_AMONG}"


def _below(
    connection: sqlite3.Connection, sql: str, parameters: tuple[str, ...], has_odd_times: object, seen: set[str] | None
) -> Iterator[ListedSession]:
    """Yield the sessions that a query finds, each before those below it; without those in `seen`, and add them to it."""
    below = _sql(_CHILDREN, has_odd_times)
    levels = [connection.execute(sql, parameters)]
    while levels:
        row = levels[-1].fetchone()
        if row is None:
            levels.pop()
            continue
        session_id, parent, created_at, has_children = row
        if seen is not None:
            if session_id in seen:
                continue
            seen.add(session_id)
        yield ListedSession(len(levels) - 1, session_id, parent, created_at)
        if has_children:
            levels.append(connection.execute(below, (session_id,)))
