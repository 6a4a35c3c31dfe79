"""Check the values that are given to the parameters of a saved query, and find the runs and sessions that they name."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ..errors import BundleError
from .naming.known_names import check_name, check_reason, search_kinds
from .naming.settled_names import settled_run, settled_session
from .saved_queries import SavedQuery
from .story.reading import read_now

_KINDS = {
    "sample": "sample",
    "sample_id": "sample",
    "tool": "tool",
    "tool_name": "tool",
    "level": "level",
}
"""What a parameter names in the bundle, by its own name. `run`, `session`, `kind` and `reason` have checks of their own.
The words of find-text may leave no rows."""

Value = str | int | float | None


def settled_parameters(
    connection: sqlite3.Connection, query: SavedQuery, parameters: Mapping[str, Value]
) -> dict[str, Value]:
    """Check the values that are given to a saved query, and return them, with runs and sessions by names in the tables.

    Raises:
        BundleError: the query has no such parameter, or the bundle does not have what a value names.
    """
    settled = dict(parameters)
    for name, value in parameters.items():
        if name not in query.parameters:
            known = ", ".join(query.parameters) or "none"
            raise BundleError(f"the saved query {query.name} has no parameter {name!r}; it has: {known}")
        if value is not None and value != "":
            settled[name] = _settled(connection, name, value)
    return settled


def _settled(connection: sqlite3.Connection, name: str, value: str | float) -> Value:
    """Return the value of one parameter, checked if it names something of the bundle."""
    text = str(value)
    if name == "run":
        return read_now(connection, settled_run(text))
    if name in {"session", "session_id"}:
        return read_now(connection, settled_session(text))
    if name in _KINDS:
        check_name(connection, _KINDS[name], text)
    elif name == "kind":
        search_kinds(text.split(","))
    elif name == "reason":
        check_reason(connection, text)
    return value
