"""Check that what a saved query is asked about exists: a run, session, sample or tool that the bundle does not have."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence

from ..errors import BundleError
from .saved_queries import SavedQuery
from .suggestions import did_you_mean

_SESSIONS = "SELECT session_id AS name FROM sessions"
_RUNS = f"""
SELECT CAST(id AS TEXT) AS name FROM runs
UNION ALL SELECT sample_id FROM runs
UNION ALL SELECT bundle_id FROM runs
UNION ALL SELECT execution_id FROM runs
UNION ALL SELECT session_id FROM runs
UNION ALL {_SESSIONS}
"""
_SAMPLES = "SELECT sample_id AS name FROM sample_results"
_TOOLS = "SELECT tool_name AS name FROM calls"

_NAMES = {
    "run": ("run", _RUNS),
    "session": ("session", _SESSIONS),
    "session_id": ("session", _SESSIONS),
    "sample": ("sample", _SAMPLES),
    "sample_id": ("sample", _SAMPLES),
    "tool": ("tool", _TOOLS),
    "tool_name": ("tool", _TOOLS),
}
"""Parameters that name something in the bundle, by their names: what it is, and SQL for the names that there are."""

_NUMBER = re.compile("[0-9]{1,18}")
_SHOWN = 5

_MOST_NAMES = 10_000
"""Names among which the nearest are looked for."""


def check_parameters(connection: sqlite3.Connection, query: SavedQuery, parameters: Mapping[str, object]) -> None:
    """Check the values that are given to a saved query.

    Raises:
        BundleError: the query has no such parameter, or the bundle does not have what a value names.
    """
    for name, value in parameters.items():
        if name not in query.parameters:
            known = ", ".join(query.parameters) or "none"
            raise BundleError(f"the saved query {query.name} has no parameter {name!r}; it has: {known}")
        if name in _NAMES and value is not None and value != "":
            _check_name(connection, *_NAMES[name], str(value))


def _check_name(connection: sqlite3.Connection, kind: str, names: str, value: str) -> None:
    """Raise if none of the names that the SQL `names` gives is the value."""
    if connection.execute(f"SELECT EXISTS (SELECT 1 FROM ({names}) WHERE name = ?)", (value,)).fetchone() == (1,):
        return
    listed = f"SELECT DISTINCT name FROM ({names}) WHERE name IS NOT NULL LIMIT {_MOST_NAMES}"
    known = [name for (name,) in connection.execute(listed)]
    raise BundleError(f"the bundle has no {kind} {value!r}{_hint(value, kind, known)}")


def _hint(value: str, kind: str, known: Sequence[str]) -> str:
    """Return the end of the message: the nearest numbers or names."""
    if not known:
        return f"; it has no {kind}s"
    numbers = [int(name) for name in known if _NUMBER.fullmatch(name)] if _NUMBER.fullmatch(value) else []
    if numbers:
        near = sorted(numbers, key=lambda number: abs(number - int(value)))[:_SHOWN]
        return f"; nearest: {', '.join(map(str, near))}"
    return did_you_mean(value, known)
