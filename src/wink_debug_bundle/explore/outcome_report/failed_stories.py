"""Choose the runs whose stories a report tells, and how long each may be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from ...errors import BundleError
from ..story.reading import read_now
from ..story.run_choice import choose
from ..story.run_story import story_of
from .story_markup import story_markup

_FAILED = files(__package__).joinpath("sql", "failed_units.sql").read_text(encoding="utf-8").rstrip().rstrip(";")

MOST_STORIES = 200
_SHORTEST_STORY, _LONGEST_STORY = 4_000, 200_000
"""Characters of one story, at least and at most."""


@dataclass(frozen=True, slots=True)
class FailedUnits:
    """Runs that failed, or sessions outside of runs, by their names; `total` counts those, too, that are not chosen."""

    names: tuple[str, ...]
    total: int


def failed_units(connection: sqlite3.Connection) -> FailedUnits:
    """Return the runs whose stories are told: of each reason an example, then further ones."""
    rows = connection.execute(_FAILED, {"most": MOST_STORIES}).fetchall()
    return FailedUnits(tuple(str(name) for name, _ in rows), rows[0][1] if rows else 0)


def stories(connection: sqlite3.Connection, units: FailedUnits, size: int) -> Iterator[str]:
    """Yield the markup of the stories that fit into `size` bytes, each as long as all of them can be."""
    left = size
    for position, name in enumerate(units.names):
        characters = min(left // (len(units.names) - position), _LONGEST_STORY)
        if characters < _SHORTEST_STORY:
            if left < _SHORTEST_STORY:
                return
            characters = _SHORTEST_STORY
        markup = _story(connection, name, characters)
        used = len(markup.encode())
        if used > left:  # characters of several bytes
            return
        left -= used
        yield markup


def _story(connection: sqlite3.Connection, name: str, characters: int) -> str:
    """Return the story of one run; a remark if it cannot be told."""
    try:
        story = story_of(connection, read_now(connection, choose(name)))
    except BundleError:
        return ""
    return story_markup(story, characters, anchor_of(name))


def anchor_of(name: str) -> str:
    """Return the name by which links of the page find a story."""
    return f"run-{name}"
