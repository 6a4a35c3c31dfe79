"""Find the run or session that a name means, and return a name that SQL can compare with columns.

People type samples, ids, and the beginnings of ids, as tables on a terminal show them.
"""

from __future__ import annotations

from ...errors import BundleError
from ..story.reading import Reading, Statement
from ..story.run_choice import find_unit
from .known_names import HAS_RUN, HAS_SESSION, NAMES_OF_RUNS, NAMES_OF_SESSIONS, unknown_name

_SHORTEST_BEGINNING = 4
_SESSIONS_THAT_BEGIN = "SELECT session_id FROM sessions WHERE session_id GLOB :beginning ORDER BY session_id LIMIT 11"
_LISTED = 10


def settled_run(name: str) -> Reading[str]:
    """Return a name that the table `runs` or `sessions` has: the given one, or the number or session of what it means.

    Raises:
        BundleError: nothing has the name, or several runs do. The message has the nearest names.
    """
    if (yield Statement(HAS_RUN, {"name": name}))[0][0]:
        return name
    unit = yield from find_unit(name)
    if unit is None:
        names = yield Statement(NAMES_OF_RUNS, {})
        raise BundleError(unknown_name(name, "run", [str(row[0]) for row in names]))
    return str(unit.session_id if unit.run_id is None else unit.run_id)


def settled_session(name: str) -> Reading[str]:
    """Return the id of the session that has this id, or the only one that begins with it.

    Raises:
        BundleError: no session has it, or several do. The message has the nearest ids.
    """
    if (yield Statement(HAS_SESSION, {"name": name}))[0][0]:
        return name
    beginning = name.removesuffix("…")
    if len(beginning) >= _SHORTEST_BEGINNING:
        rows = yield Statement(_SESSIONS_THAT_BEGIN, {"beginning": f"{_literal(beginning)}*"})
        found = [str(row[0]) for row in rows]
        if len(found) > 1:
            more = " …" if len(found) > _LISTED else ""
            raise BundleError(f"{name!r} is the beginning of several sessions: {', '.join(found[:_LISTED])}{more}")
        if found:
            return found[0]
    names = yield Statement(NAMES_OF_SESSIONS, {})
    raise BundleError(unknown_name(name, "session", [str(row[0]) for row in names]))


def _literal(text: str) -> str:
    """Return a pattern of GLOB that stands for the text itself."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)
