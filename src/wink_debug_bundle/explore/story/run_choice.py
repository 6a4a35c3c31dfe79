"""Choose a run, or a session outside of runs, by a number, an id, or the beginning of an id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...errors import BundleError
from ..suggestions import suggestions
from .reading import Reading, Row, Statement, story_sql, text_of

_SHORTEST_PREFIX, _SHORTEST_ENDING = 4, 3
_NUMBER, _LARGEST_NUMBER = re.compile("[0-9]{1,19}"), 2**63 - 1
_LISTED, _NEAREST = 10, 3


@dataclass(frozen=True, slots=True)
class Unit:
    """What a story is about: a run with its sessions, or, without a number, a session and those below it."""

    run_id: int | None
    session_id: str | None


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """A run, or a root session where a bundle has no runs, as a list to choose from shows it.

    Attributes:
        name: What to give to `show`.
        result: "passed", "failed", "error" or "unscored", of a session also "unfinished"; None if unknown.
        label: Its sample and experiment; of a session that is no sample, where it is known from, and since when.
        reason: Why it failed.
    """

    name: str
    result: str | None
    label: str
    reason: str | None


def choose(name: str) -> Reading[Unit]:
    """Find the run or session that a name means.

    A number is that of a run. Otherwise it is a sample, a session (of a run, or outside of runs), the id of a bundle,
    an execution or a request, or the beginning of one of these, which may end in the mark of tables that shorten ids.

    Raises:
        BundleError: nothing has that name, or several runs do.
    """
    unit = yield from find_unit(name)
    if unit is None:
        raise BundleError(_unknown(name, (yield from _names())))
    return unit


def find_unit(name: str) -> Reading[Unit | None]:
    """Find the run or session that a name means, as for `choose`; None if nothing has that name.

    Raises:
        BundleError: several runs have it.
    """
    number = int(name) if _NUMBER.fullmatch(name) and int(name) <= _LARGEST_NUMBER else None
    rows = yield Statement(story_sql("chosen_runs"), {"name": name, "number": number})
    if rows:
        best = [row for row in rows if row[-1] == rows[0][-1]]
        _refuse_several(name, best)
        return Unit(best[0][0], text_of(best[0][1]))
    return (yield from _session(name)) or (yield from _nearest(name))


def _refuse_several(name: str, rows: Sequence[Row]) -> None:
    if len({row[0] for row in rows}) < 2:
        return
    runs = ", ".join(f"{row[0]} ({text_of(row[3]) or 'no experiment'})" for row in rows[:_LISTED])
    more = f" and {len(rows) - _LISTED} more" if len(rows) > _LISTED else ""
    raise BundleError(f"{name!r} names {len(rows)} runs: give the number of one: {runs}{more}")


def _session(name: str) -> Reading[Unit | None]:
    """Return the run of the session with that id, or of one above it, or else the session itself; None without one."""
    rows = yield Statement(story_sql("session_ancestors"), {"session": name})
    if not rows:
        return None
    run = next(((run_id, session) for session, run_id in rows if run_id is not None), None)
    return Unit(run[0], run[1]) if run else Unit(None, name)


def _names() -> Reading[list[tuple[str, Unit]]]:
    """Return the names by which runs and sessions can be chosen, those of runs first."""
    rows = yield Statement(story_sql("names_of_runs"), {})
    return [(str(text_of(known)), Unit(run_id, text_of(session))) for known, run_id, session in rows]


def _nearest(name: str) -> Reading[Unit | None]:
    """Return the session of the sample, or what has an id that begins with the name, if only one has; None without."""
    named = yield from _names()
    samples = list(dict.fromkeys(unit for known, unit in named if known == name))
    if len(samples) > 1:
        sessions = ", ".join(str(unit.session_id) for unit in samples[:_LISTED])
        raise BundleError(f"{name!r} is the sample of {len(samples)} sessions: {sessions}")
    if samples or len(name) < _SHORTEST_PREFIX:
        return samples[0] if samples else None
    found: dict[str, Unit] = {}
    for known, unit in named:
        if known.startswith(name.removesuffix("…")):
            found.setdefault(known, unit)
    if len(set(found.values())) > 1:
        raise BundleError(f"{name!r} is the beginning of {len(found)} ids: {', '.join([*found][:_LISTED])}")
    return next(iter(found.values()), None)


def _unknown(name: str, named: Sequence[tuple[str, Unit]]) -> str:
    """Return the message about a name that nothing has: the nearest names, or else the first runs or sessions."""
    names = dict(reversed(named))
    if not names:
        return f"no run is called {name!r}; the bundle has no runs and no sessions"
    runs = dict.fromkeys(unit.run_id for unit in names.values() if unit.run_id is not None)
    what = "run" if runs else "session"
    if near := _near_runs(name, sorted(runs), names) if _NUMBER.fullmatch(name) and runs else suggestions(name, names):
        return f"no {what} is called {name!r}; nearest: {', '.join(near)}"
    known = sorted(runs) if runs else [*names]
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f"no {what} is called {name!r}; there are: {', '.join(map(str, known[:_LISTED]))}{more}"


def _near_runs(number: str, runs: Sequence[int], names: Iterable[str]) -> list[str]:
    """Return the numbers of runs nearest to one that no run has, after samples that end in it; none if runs are few."""
    is_long = len(number) >= _SHORTEST_ENDING
    samples = [name for name in names if is_long and name.endswith(number) and not name.startswith(number)][:_NEAREST]
    if len(runs) <= _LISTED:
        return samples
    return [*samples, *map(str, sorted(runs, key=lambda run: abs(run - int(number)))[:_NEAREST])]


def only_unit() -> Reading[Unit | None]:
    """Return the only run of a bundle; without runs, the only root session; None if there are several or none."""
    runs = yield Statement(story_sql("listed_runs"), {"most": 2})
    if runs:
        return Unit(runs[0][0], text_of(runs[0][1])) if len(runs) == 1 else None
    roots = yield Statement(story_sql("root_sessions"), {"most": 2})
    return Unit(None, str(roots[0][0])) if len(roots) == 1 else None


def listed_units(most: int) -> Reading[list[ListedUnit]]:
    """Return up to `most` runs, the failed first; without runs, root sessions."""
    runs = yield Statement(story_sql("listed_runs"), {"most": most})
    if runs:
        return [
            ListedUnit(str(number), result, " ".join(filter(None, map(text_of, (sample, experiment)))), text_of(reason))
            for number, _, sample, experiment, _, result, reason in runs
        ]
    roots = yield Statement(story_sql("root_sessions"), {"most": most})
    return [
        ListedUnit(
            str(text_of(session)),
            result,
            " ".join(filter(None, map(text_of, (sample, experiment)))) or f"from {source} {created or ''}".rstrip(),
            text_of(failure),
        )
        for session, source, created, sample, experiment, result, failure in roots
    ]
