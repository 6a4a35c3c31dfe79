"""Lay the steps of a page out over time: lanes, and marks that lead to the steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ...story.step_wording import clock, duration_text, step_line
from ...story.story_data import Step, StepKind

ROW_HEIGHT, LANE_GAP = 16, 6
_MOST_ROWS = 4
"""Rows of a lane for steps of the same time; more of them lie over each other."""

_TICKS = 4
_LEAST_PERCENT = 0.4
_LANES = ("prompts", "messages", "tools", "sub-agents", "warnings")


@dataclass(frozen=True, slots=True)
class Mark:
    """A step on the time line, in percent of its width and pixels of its height."""

    anchor: str
    title: str
    kind: str
    x: float
    width: float
    y: int

    @property
    def is_thin(self) -> bool:
        """Return whether it is so short that it needs a border to be seen."""
        return self.width <= _LEAST_PERCENT


@dataclass(frozen=True, slots=True)
class Lane:
    """Steps of one kind."""

    name: str
    y: int
    height: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The picture of a page's steps.

    Attributes:
        lanes: The lanes that have steps.
        height: Height in pixels.
        ticks: Places of times in percent, and the times since the first step.
        began: The time of the first step.
        duration: The time from the first step to the end of the last.
    """

    lanes: tuple[Lane, ...]
    height: int
    ticks: tuple[tuple[float, str], ...]
    began: str
    duration: str


def waterfall(steps: Sequence[Step]) -> Waterfall | None:
    """Return the picture of the steps; None if fewer than two have a time."""
    timed = [(step, *span) for step in steps if (span := _span(step))]
    if len(timed) < 2:
        return None
    start = min(began for _, began, _ in timed)
    length = max(max(ended for *_, ended in timed) - start, 0.001)
    lanes: list[Lane] = []
    y = 0
    for name in _LANES:
        own = [each for each in timed if _lane_of(each[0]) == name]
        if own:
            lanes.append(_lane(name, y, own, start, length))
            y += lanes[-1].height + LANE_GAP
    ticks = tuple((100 * part / _TICKS, duration_text(1000 * length * part / _TICKS)) for part in range(_TICKS + 1))
    first = min(timed, key=lambda each: each[1])[0]
    return Waterfall(tuple(lanes), y, ticks, clock(first.timestamp), duration_text(1000 * length))


def _lane(name: str, y: int, timed: Iterable[tuple[Step, float, float]], start: float, length: float) -> Lane:
    """Return a lane with its steps in rows, so that those of the same time do not hide each other."""
    ends: list[float] = []
    marks = []
    for step, began, ended in sorted(timed, key=lambda each: each[1]):
        x = 100 * (began - start) / length
        width = max(100 * (ended - began) / length, _LEAST_PERCENT)
        x = min(x, 100 - width)
        row = next((number for number, end in enumerate(ends) if end <= x), len(ends))
        if row == len(ends) and row < _MOST_ROWS:
            ends.append(0)
        row = min(row, len(ends) - 1)
        ends[row] = max(ends[row], x + width)
        marks.append(
            Mark(step.anchor, _title(step), _mark_kind(step), round(x, 3), round(width, 3), y + ROW_HEIGHT * row)
        )
    return Lane(name, y, ROW_HEIGHT * len(ends), tuple(marks))


def _lane_of(step: Step) -> str:
    if step.kind in {StepKind.WARNING, StepKind.FAILURE}:
        return "warnings"
    if step.depth:
        return "sub-agents"
    if step.kind is StepKind.CALL:
        return "tools"
    return "prompts" if step.kind is StepKind.PROMPT else "messages"


def _mark_kind(step: Step) -> str:
    """Return the class by which a mark gets its colour."""
    if step.kind is StepKind.CALL and step.outcome not in {None, "succeeded", "expanded", "unknown"}:
        return "failed"
    if step.kind is StepKind.WARNING and not step.title.startswith("WARNING"):
        return "failed"
    return str(step.kind)


def _title(step: Step) -> str:
    return f"{step.number}. {step_line(step)} {clock(step.timestamp)}"


def _span(step: Step) -> tuple[float, float] | None:
    """Return when a step began and ended, in seconds; None if it has no time."""
    began, ended = _seconds(step.timestamp), _seconds(step.ended_at)
    if began is None:
        return None
    if step.duration_ms is not None and step.duration_ms >= 0:
        return began, began + step.duration_ms / 1000
    return began, max(began, ended) if ended is not None else began


def _seconds(timestamp: str | None) -> float | None:
    """Return a time as seconds since 1970; None if it is no ISO 8601 time."""
    try:
        moment = datetime.fromisoformat(timestamp or "")
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()
    except (ValueError, OverflowError):
        return None
