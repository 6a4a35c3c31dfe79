"""Check that a sample or tool that somebody names is in the bundle, and suggest the nearest if not."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence

from ...column_values import SearchKind
from ...database.schema_files import SEARCH_SOURCES
from ...errors import BundleError
from ..suggestions import did_you_mean

_SESSIONS = "SELECT session_id AS name FROM sessions"
_RUNS = f"""
SELECT CAST(id AS TEXT) AS name FROM runs
UNION ALL SELECT sample_id FROM runs
UNION ALL SELECT bundle_id FROM runs
UNION ALL SELECT execution_id FROM runs
UNION ALL SELECT session_id FROM runs
UNION ALL {_SESSIONS}
"""
_NAMES = {
    "sample": "SELECT sample_id AS name FROM sample_results",
    "tool": "SELECT tool_name AS name FROM calls",
    "level": "SELECT level AS name FROM logs",
}
"""SQL for the names that there are, of each kind of thing."""

_REASONS = (
    "SELECT DISTINCT coalesce(name || ': ', '') || signature AS reason FROM failed_runs WHERE signature IS NOT NULL"
)

_MOST_NAMES = 10_000
"""Names among which the nearest are looked for."""

NAMES_OF_RUNS = f"SELECT DISTINCT name FROM ({_RUNS}) WHERE name IS NOT NULL LIMIT {_MOST_NAMES}"
"""SQL for the names that a run can be given by."""

NAMES_OF_SESSIONS = f"{_SESSIONS} LIMIT {_MOST_NAMES}"
"""SQL for the ids of sessions."""

HAS_RUN = f"SELECT EXISTS (SELECT 1 FROM ({_RUNS}) WHERE name = :name)"
HAS_SESSION = f"SELECT EXISTS (SELECT 1 FROM ({_SESSIONS}) WHERE name = :name)"
"""SQL for whether the bundle has a name of a run, or a session."""

_NUMBER = re.compile("[0-9]{1,18}")
_SHOWN = 5


def check_name(connection: sqlite3.Connection, kind: str, value: str) -> None:
    """Check that a name is known.

    Args:
        connection: An open bundle.
        kind: `sample`, `tool` or `level`; `settled_names.py` finds runs and sessions.
        value: The name.

    Raises:
        BundleError: the bundle has nothing of this kind with the name. The message has the nearest names.
    """
    names = _NAMES[kind]
    if connection.execute(f"SELECT EXISTS (SELECT 1 FROM ({names}) WHERE name = ?)", (value,)).fetchone()[0]:
        return
    listed = f"SELECT DISTINCT name FROM ({names}) WHERE name IS NOT NULL LIMIT {_MOST_NAMES}"
    known = [name for (name,) in connection.execute(listed)]
    raise BundleError(unknown_name(value, kind, known))


def unknown_name(value: str, kind: str, known: Sequence[str]) -> str:
    """Return the message about a name that nothing of this kind has: the nearest numbers or names, or those known."""
    return f"the bundle has no {kind} {value!r}{_hint(value, kind, known)}"


def search_kinds(names: str | Iterable[str]) -> tuple[SearchKind, ...]:
    """Return the kind of text that has this name, or those that have these names.

    Raises:
        BundleError: there is no such kind.
    """
    known = {str(kind): kind for kind in SEARCH_SOURCES}
    wanted = [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in known:
            raise BundleError(f"no kind of text is called {name!r}{did_you_mean(name, known)}")
    return tuple(dict.fromkeys(known[name] for name in wanted))


def check_reason(connection: sqlite3.Connection, part: str) -> None:
    """Check that a part of a reason, in any case, is in the reason of a failed run.

    Raises:
        BundleError: no run failed for such a reason. The message has the nearest reasons.
    """
    reasons = [reason for (reason,) in connection.execute(f"{_REASONS} LIMIT {_MOST_NAMES}")]
    if not any(part.casefold() in reason.casefold() for reason in reasons):
        raise BundleError(f"no run failed for a reason with {part!r} in it{_hint(part, 'failed run', reasons)}")


def _hint(value: str, kind: str, known: Sequence[str]) -> str:
    """Return the end of the message: the nearest numbers or names."""
    if not known:
        return f"; it has no {kind}s"
    numbers = [int(name) for name in known if _NUMBER.fullmatch(name)] if _NUMBER.fullmatch(value) else []
    if numbers:
        near = sorted(numbers, key=lambda number: abs(number - int(value)))[:_SHOWN]
        return f"; nearest: {', '.join(map(str, near))}"
    return did_you_mean(value, known)
