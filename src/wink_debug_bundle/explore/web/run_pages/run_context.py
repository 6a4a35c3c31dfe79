"""Read what stands around a story on its page: tokens, environment, files, state, and the failed runs beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ...story.json_layout import without_escapes
from ...story.reading import Reading, Row, Statement
from ...story.run_choice import Unit
from ...story.run_story import Outline

MOST_TURNS, MOST_FACTS, MOST_FILES, MOST_ITEMS = 500, 500, 300, 2000

_EVENT_CLASSES = ("PromptRendered", "PromptExecuted", "ToolInvoked", "RenderedTools")
"""Classes of the library's events: the story has them already."""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item of a slice before and after; None where it was not there."""

    index: int
    old: str | None
    new: str | None

    @property
    def verb(self) -> str:
        """Return what happened to it."""
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"


@dataclass(frozen=True, slots=True)
class SliceState:
    """The items of one slice class before and after.

    Attributes:
        slice_type: Qualified name of the class.
        view_name: The view of the class.
        before: Number of items in the first snapshot.
        after: Number of items in the last one.
        changes: The items that differ; none of the library's events, which are in the story.
    """

    slice_type: str
    view_name: str | None
    before: int
    after: int
    changes: tuple[ItemChange, ...]

    @property
    def name(self) -> str:
        """Return the name of the class without its module."""
        return self.slice_type.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class RunContext:
    """What stands around a story.

    Attributes:
        turns: The tokens of each turn.
        environment: Facts about the run's environment: kind, name, value.
        files: Number, path and size of the files that the agent left.
        states: The state of each slice class.
        has_two_snapshots: Whether the state before is known.
        previous_failed: The failed run before this one.
        next_failed: The failed run after this one.
        is_read: Whether it could be read.
    """

    turns: Sequence[Row]
    environment: Mapping[str, Sequence[Row]]
    files: Sequence[Row]
    states: Sequence[SliceState]
    has_two_snapshots: bool
    previous_failed: int | None
    next_failed: int | None
    is_read: bool = True


UNREAD = RunContext((), {}, (), (), has_two_snapshots=False, previous_failed=None, next_failed=None, is_read=False)
"""What a page shows of a run whose tokens, state and files are too large to be read for it."""


def read_context(unit: Unit, outline: Outline) -> Reading[RunContext]:
    """Read what stands around a story."""
    sessions = json.dumps([session.session_id for session in outline.sessions])
    chosen: Mapping[str, Any] = {"run": unit.run_id, "sessions": sessions}
    name, parameters = ("turns", {"run": unit.run_id}) if unit.run_id else ("session_turns", {"sessions": sessions})
    turns = yield Statement(page_sql(name), {**parameters, "most": MOST_TURNS})
    facts = yield Statement(page_sql("facts_of_environment"), {"run": unit.run_id, "most": MOST_FACTS})
    stored = yield Statement(page_sql("files_of_run"), {**chosen, "most": MOST_FILES})
    states, has_two = yield from _states(unit.session_id)
    ((before, after),) = yield Statement(page_sql("neighbours"), {"run": unit.run_id})
    environment: dict[str, list[Row]] = {}
    for kind, fact, value in facts:
        environment.setdefault(kind, []).append((fact, value))
    return RunContext(turns, environment, stored, states, has_two, before, after)


def _states(session: str | None) -> Reading[tuple[list[SliceState], bool]]:
    """Return the state of each slice class of a session, and whether the state before is known."""
    snapshots = yield Statement(page_sql("snapshots_of_session"), {"session": session})
    if not snapshots:
        return [], False
    first, last = snapshots[0][0], snapshots[-1][0]
    parameters = {"before": first if first != last else None, "after": last, "most": MOST_ITEMS}
    rows = yield Statement(page_sql("changes_of_state"), parameters)
    items: dict[str, list[Row]] = {}
    for row in rows:
        items.setdefault(row[0], []).append(row)
    return [_state(slice_type, each) for slice_type, each in items.items()], first != last


def _state(slice_type: str, rows: Sequence[Row]) -> SliceState:
    is_event = slice_type.startswith("weakincentives.") and slice_type.rpartition(":")[2] in _EVENT_CLASSES
    changes = (
        ItemChange(index, _readable(old), _readable(new))
        for _, _, index, old, new, is_same in rows
        if not is_same and not is_event
    )
    before = sum(row[3] is not None for row in rows)
    after = sum(row[4] is not None for row in rows)
    return SliceState(slice_type, rows[0][1], before, after, tuple(changes))


def _readable(payload: str | None) -> str | None:
    """Return an item for people: it is stored as its source wrote it, which usually escapes characters beyond ASCII."""
    return None if payload is None else without_escapes(payload)


@cache
def page_sql(name: str) -> str:
    """Return the text of `sql/{name}.sql`."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
