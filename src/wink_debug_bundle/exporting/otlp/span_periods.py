"""Find when the spans of a run began and ended, and which of these times are not recorded but derived."""

from __future__ import annotations

from typing import NamedTuple

from ..agent_runs.agent_data import Agent, AgentRun, Call, Execution, Turn
from ..agent_runs.agents_of_run import first_time, last_time
from .otlp_json import nanoseconds

START, END = "start", "end"


class Period(NamedTuple):
    """The time of a span in nanoseconds since 1970; `derived` names the ends of it that are not recorded."""

    start: int
    end: int
    derived: tuple[str, ...] = ()


def _period(start: int | None, end: int | None, derived: Period, marks: tuple[str, ...] = ()) -> Period:
    """Return a period: unknown times are those of another period; a start after the end becomes the end."""
    first = derived.start if start is None else start
    last = derived.end if end is None else end
    missing = (
        *((START,) if start is None or START in marks or first > last else ()),
        *((END,) if end is None or END in marks else ()),
    )
    return Period(min(first, last), last, missing)


def run_period(run: AgentRun) -> Period:
    """Return the time of a run; if it does not say it, that of its records; 0 if nothing has a time."""
    firsts = [
        time for agent in run.agents for time in (nanoseconds(first_time(agent)), nanoseconds(agent.created_at)) if time
    ]
    lasts = [
        time for agent in run.agents for time in (nanoseconds(last_time(agent)), nanoseconds(agent.created_at)) if time
    ]
    start, end = nanoseconds(run.facts.started_at), nanoseconds(run.facts.ended_at)
    first = min(firsts, default=start or end or 0)
    records = Period(first, max(lasts, default=first))
    return _period(start if run.run_id is not None else None, end, records)


def agent_period(agent: Agent, whole: Period) -> Period:
    """Return the time of an agent: from its first record to its last."""
    first, last = nanoseconds(first_time(agent)), nanoseconds(last_time(agent))
    return _period(first, last, whole, (START, END))


def turn_period(turn: Turn, before: int) -> Period:
    """Return the time of a turn, from what was asked, or else the turn before, to its last block."""
    asked, answered = nanoseconds(turn.asked_at), nanoseconds(turn.answered_at)
    start = before if asked is None else asked
    return _period(start, answered, Period(start, start), (START,))


def execution_period(execution: Execution, before: int) -> Period:
    """Return the time of an executed prompt, from the moment at which it was rendered."""
    rendered = nanoseconds(execution.rendered.time) if execution.rendered else None
    executed = nanoseconds(execution.executed.time)
    end = executed if executed is not None else rendered if rendered is not None else before
    return _period(rendered, executed, Period(end, end))


def call_period(call: Call, whole: Period) -> Period:
    """Return the time of a call; its start is derived if only its end, or the transcript, has a time."""
    start, end = nanoseconds(call.begins), nanoseconds(call.ends)
    marks = (*((START,) if call.started_at is None else ()), *((END,) if call.ended_at is None else ()))
    return _period(start, end, whole, marks)
