"""Read the runs of a bundle one after the other, each with its agents, their turns and their tool calls."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from ...explore.story.reading import Row, Statement, read_now, rows_of, story_sql
from ...explore.story.run_choice import Unit, choose
from ...explore.story.step_order import SessionPlace
from .agent_data import AgentRun, Call, Entry, Evaluated, PromptEvent, RunFacts, Tokens
from .agents_of_run import UnitParts, agents_of
from .typed_rows import typed_values

_CACHE_APART = "claude_agent_sdk"
"""The adapter that counts tokens read from the cache apart from the input tokens."""


def agent_runs(connection: sqlite3.Connection, name: str | None = None) -> Iterator[AgentRun]:
    """Yield each run, then each tree of sessions outside of runs; or only what the name means, as in `show`.

    Raises:
        BundleError: nothing has the name, or several runs do.
    """
    if name is not None:
        yield read_run(connection, read_now(connection, choose(name)))
        return
    units = [Unit(row[0], row[1]) for row in rows_of(connection, Statement(unit_sql("exported_units"), {}))]
    for unit in units:
        yield read_run(connection, unit)


def read_run(connection: sqlite3.Connection, unit: Unit) -> AgentRun:
    """Read one run, or one tree of sessions outside of runs."""
    parameters = {"run": unit.run_id, "session": unit.session_id}
    sessions = [SessionPlace(*row) for row in rows_of(connection, Statement(story_sql("unit_sessions"), parameters))]
    chosen = parameters | {"sessions": json.dumps([each.session_id for each in sessions])}

    def rows(name: str) -> list[Row]:
        return rows_of(connection, Statement(unit_sql(name), chosen))

    found = rows("whole_session" if unit.run_id is None else "whole_run")
    facts = RunFacts(*typed_values(RunFacts, found[0] if found else _UNKNOWN))
    parts = UnitParts(
        sessions,
        {row[0]: row[1] if isinstance(row[1], str) else None for row in rows("session_times")},
        [_entry(row) for row in rows("unit_entries")],
        [Call(*typed_values(Call, row)) for row in rows("unit_calls")],
        [_prompt(row) for row in rows("unit_prompts")],
    )
    samples = [Evaluated(*typed_values(Evaluated, row)) for row in rows("unit_samples")]
    return AgentRun(unit.run_id, facts, tuple(samples), agents_of(facts, parts))


def _entry(row: Row) -> Entry:
    tokens = Tokens(*typed_values(Tokens, row[8:12]))
    return Entry(*typed_values(Entry, [*row[:8], tokens, *row[12:]]))


def _prompt(row: Row) -> PromptEvent:
    tokens = counted(row[6], *typed_values(Tokens, row[7:10]))
    return PromptEvent(*typed_values(PromptEvent, [*row[:7], tokens]))


_UNKNOWN = (None,) * len(RunFacts._fields)


def counted(adapter: str | None, tokens: int | None, output: int | None, cached: int | None) -> Tokens:
    """Return the tokens of a run or prompt: adapters differ in whether those from the cache are input tokens."""
    if tokens is None:
        return Tokens(None, cached, None, output)
    is_apart = adapter == _CACHE_APART or (cached or 0) > tokens
    return Tokens(tokens + (cached or 0) * is_apart, cached, None, output)


@cache
def unit_sql(name: str) -> str:
    """Return the text of `sql/{name}.sql`."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
