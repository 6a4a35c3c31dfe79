"""Check the values that are given to the parameters of a saved query."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ..errors import BundleError
from .known_names import check_name, check_reason, search_kinds
from .saved_queries import SavedQuery

_KINDS = {
    "run": "run",
    "session": "session",
    "session_id": "session",
    "sample": "sample",
    "sample_id": "sample",
    "tool": "tool",
    "tool_name": "tool",
    "level": "level",
}
"""What a parameter names in the bundle, by its own name. `kind` and `reason` have checks of their own. The words of
find-text may leave no rows."""


def check_parameters(connection: sqlite3.Connection, query: SavedQuery, parameters: Mapping[str, object]) -> None:
    """Check the values that are given to a saved query.

    Raises:
        BundleError: the query has no such parameter, or the bundle does not have what a value names.
    """
    for name, value in parameters.items():
        if name not in query.parameters:
            known = ", ".join(query.parameters) or "none"
            raise BundleError(f"the saved query {query.name} has no parameter {name!r}; it has: {known}")
        if value is not None and value != "":
            _check_value(connection, name, str(value))


def _check_value(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Check the value of one parameter, if it names something of the bundle."""
    if name in _KINDS:
        check_name(connection, _KINDS[name], value)
    elif name == "kind":
        search_kinds(value.split(","))
    elif name == "reason":
        check_reason(connection, value)
