"""Read the story of a run or of a session from a bundle."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..sql_errors import sql_errors
from .header_facts import read_header
from .reading import Reading, Row, Statement, read_now, story_sql
from .run_choice import Unit
from .step_order import Place, SessionPlace, in_order
from .step_title import step_of
from .story_data import Step, StepSequence, Story, StoryHeader

_STATEMENTS = {
    "entry": "step_entries",
    "call": "step_calls",
    "rendered": "step_prompts",
    "executed": "step_prompts",
    "log": "step_logs",
    "failure": "step_failures",
}


@dataclass(frozen=True, slots=True)
class Outline:
    """A story without its words.

    Attributes:
        header: What is known about it as a whole.
        places: Where each step's words are, in order.
        sessions: Its sessions, the root first.
    """

    header: StoryHeader
    places: list[Place]
    sessions: list[SessionPlace]


def read_outline(unit: Unit, most: int = -1) -> Reading[Outline]:
    """Read which steps a story has, at most so many; all if `most` is negative."""
    rows = yield Statement(story_sql("unit_sessions"), {"run": unit.run_id, "session": unit.session_id})
    sessions = [SessionPlace(*row) for row in rows]
    ids = [session.session_id for session in sessions]
    parameters = {"run": unit.run_id, "sessions": json.dumps(ids), "most": most}
    rows = yield Statement(story_sql("step_places"), parameters)
    places = in_order([Place(*row) for row in rows], sessions)
    return Outline((yield from read_header(unit, ids, places)), places, sessions)


def read_steps(places: Sequence[Place], positions: Sequence[int]) -> Reading[list[Step]]:
    """Read the steps at these positions, from 0, with all their words."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for position in positions:
        wanted[_STATEMENTS[places[position].kind]].append(places[position].id)
    rows: dict[str, Mapping[int, Row]] = {}
    for name, ids in wanted.items():
        found = yield Statement(story_sql(name), {"ids": json.dumps(ids)})
        rows[name] = {row[0]: row for row in found}
    return [
        step_of(place, position + 1, rows[_STATEMENTS[place.kind]][place.id])
        for position, place in ((position, places[position]) for position in positions)
    ]


class _StoredSteps(StepSequence):
    """The steps of a story in an open bundle."""

    def __init__(self, connection: sqlite3.Connection, places: list[Place]) -> None:
        self._connection = connection
        self._places = places

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self._places)

    def read(self, positions: Sequence[int]) -> list[Step]:
        """Return the steps at these positions, from 0."""
        with sql_errors():
            return read_now(self._connection, read_steps(self._places, positions))


def story_of(connection: sqlite3.Connection, unit: Unit) -> Story:
    """Return the story of a run or session in an open bundle."""
    outline = read_now(connection, read_outline(unit))
    return Story(outline.header, _StoredSteps(connection, outline.places))
