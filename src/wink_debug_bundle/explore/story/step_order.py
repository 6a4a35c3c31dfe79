"""Put the steps of a story in order: by time, and a session's steps after the call that started the session."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

MAIN_SOURCES = (None, "", "main")
"""Sources of steps that the main agent of a session made."""


class Place(NamedTuple):
    """A step by its row, and what decides on its place.

    Attributes:
        kind: "entry", "call", "rendered", "executed", "log" or "failure".
        id: The row in the table of this kind.
        session_id: Its session.
        at: Its time, in UTC.
        log_id: The log record that says so.
        block: Position in the transcript entry.
        source: Which agent it is from.
        began_at: When a call started.
        ended_at: When a call ended.
        depth: How deep it is below the root.
    """

    kind: str
    id: int
    session_id: str | None
    at: str | None
    log_id: int | None
    block: int | None
    source: str | None
    began_at: str | None
    ended_at: str | None
    depth: int = 0


class SessionPlace(NamedTuple):
    """A session of a story: its parent, and how deep it is below the root."""

    session_id: str
    parent_session_id: str | None
    depth: int


_MOST_AT_ONCE = 16
"""Calls that may run at once: so many are looked at to find the one in which something happened."""

_RANKS = {"rendered": 0, "entry": 1, "call": 1, "log": 1, "executed": 2}


class _Tree(NamedTuple):
    """The steps of each session in order, and which sessions are below which."""

    own: Mapping[str | None, list[Place]]
    below: dict[str | None, list[str]]
    depths: Mapping[str | None, int]


def in_order(places: Sequence[Place], sessions: Sequence[SessionPlace]) -> list[Place]:
    """Return the steps in the order of the story: those of sessions below the root within those above."""
    failures = [place for place in places if place.kind == "failure"]
    others = sorted((place for place in places if place.kind != "failure"), key=_key)
    known = {session.session_id for session in sessions}
    root = sessions[0].session_id if sessions else None
    own: dict[str | None, list[Place]] = defaultdict(list)
    for place in others:
        own[place.session_id if place.session_id in known else root].append(place)
    below: dict[str | None, list[str]] = defaultdict(list)
    for session in sessions:
        if session.session_id in own and session.session_id != root:
            parent = session.parent_session_id
            below[parent if parent in own and parent != session.session_id else root].append(session.session_id)
    tree = _Tree(own, below, {session.session_id: session.depth for session in sessions})
    told = list(_told(root, tree))
    reached = {place[:2] for place in told}
    return [*told, *(place for place in others if place[:2] not in reached), *failures]  # sessions may form a circle


def _told(session: str | None, tree: _Tree) -> Iterator[Place]:
    """Yield the steps of a session, and within them those of the sessions below, and what a call logged after it."""
    own = tree.own.get(session, [])
    spine = [place for place in own if place.kind != "log"]
    calls = _Calls(spine)
    inserted: dict[int, list[Place | str]] = defaultdict(list)
    for record in (place for place in own if place.kind == "log"):
        inserted[calls.place_of(record.at or "")].append(record)
    for child in tree.below.pop(session, ()):
        inserted[calls.place_of(tree.own[child][0].at or "")].append(child)
    depth = tree.depths.get(session, 0)
    for position in range(-1, len(spine)):
        if position >= 0:
            yield spine[position]._replace(depth=depth + (spine[position].source not in MAIN_SOURCES))
        for each in inserted.get(position, ()):
            if isinstance(each, str):
                yield from _told(each, tree)
            else:
                yield each._replace(depth=depth)


class _Calls:
    """The calls of a session by the time at which they started."""

    def __init__(self, spine: Sequence[Place]) -> None:
        self._times = [place.at or "" for place in spine]
        calls = ((place.began_at, place.ended_at, position) for position, place in enumerate(spine))
        self._calls = sorted((began, ended, position) for began, ended, position in calls if began and ended)
        self._beginnings = [began for began, *_ in self._calls]

    def place_of(self, time: str) -> int:
        """Return the position of the call that started last of those in which the time is, or else of the last step."""
        last = bisect_right(self._beginnings, time)
        for _, ended, position in reversed(self._calls[max(last - _MOST_AT_ONCE, 0) : last]):
            if time <= ended:
                return position
        return bisect_right(self._times, time) - 1


def _key(place: Place) -> tuple[str, int, int, int, int]:
    return (place.at or "", _RANKS.get(place.kind, 1), place.log_id or 0, place.block or 0, place.id)
