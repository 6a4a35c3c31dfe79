"""Find the agents of a run: the main one of each session, and those that it started within the session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import NamedTuple, TypeVar

from ...explore.story.step_order import MAIN_SOURCES, SessionPlace
from .agent_data import Agent, Call, Entry, Execution, PromptEvent, RunFacts
from .agent_turns import turns_of

MAIN = "main"
_UNNAMED = "agent"

Key = tuple[str | None, str]
"""A session, and the name of an agent in its transcript."""

Part = TypeVar("Part", Entry, Call)


class UnitParts(NamedTuple):
    """The rows of a run, or of a tree of sessions outside of runs."""

    sessions: Sequence[SessionPlace]
    created: Mapping[str, str | None]
    entries: Sequence[Entry]
    calls: Sequence[Call]
    prompts: Sequence[PromptEvent]


def agents_of(facts: RunFacts, parts: UnitParts) -> tuple[Agent, ...]:
    """Return the agents of a run, each after the one that started it; the first is that of the root session."""
    sessions = {each.session_id: each.parent_session_id for each in parts.sessions}
    root = parts.sessions[0].session_id if parts.sessions else facts.session_id

    def key(part: Entry | Call) -> Key:
        session = part.session_id if part.session_id in sessions else root
        return session, MAIN if part.source in MAIN_SOURCES else str(part.source)

    entries, calls = _grouped(parts.entries, key), _grouped(parts.calls, key)
    prompts: dict[str, list[PromptEvent]] = defaultdict(list)
    for prompt in parts.prompts:
        prompts[prompt.session_id].append(prompt)
    mains: list[Key] = [(session, MAIN) for session in sessions] or [(root, MAIN)]
    keys = dict.fromkeys([*mains, *(found for found in (*entries, *calls) if found[1] != MAIN)])
    order = _parents_first(list(keys), sessions)
    positions = {each: position for position, each in enumerate(order)}
    agents: list[Agent] = []
    for each in order:
        parent = None if each == order[0] else positions[_parent_of(each, sessions, order[0])]
        own = prompts.get(each[0] or "", []) if each[1] == MAIN else []
        made = _agent(each, facts, own, entries.get(each, []), calls.get(each, []))
        began = first_time(made) or parts.created.get(each[0] or "")
        above = () if parent is None else agents[parent].calls
        call = running_call(above, began)
        agents.append(replace(made, parent=parent, parent_call=call, created_at=parts.created.get(each[0] or "")))
    return tuple(agents)


def _grouped(parts: Iterable[Part], key: Callable[[Part], Key]) -> dict[Key, list[Part]]:
    groups: dict[Key, list[Part]] = defaultdict(list)
    for part in parts:
        groups[key(part)].append(part)
    return groups


def _parent_of(key: Key, sessions: Mapping[str, str | None], first: Key) -> Key:
    """Return the agent above one: the main agent of its session, or that of the session which started its session."""
    session, source = key
    if source != MAIN:
        return session, MAIN
    above = sessions.get(session or "")
    return (above, MAIN) if above in sessions and above != session else first


def _parents_first(keys: Sequence[Key], sessions: Mapping[str, str | None]) -> list[Key]:
    """Return the agents so that each comes after the one above it; those that only a circle of sessions leads to, last."""
    below: dict[Key, list[Key]] = defaultdict(list)
    for each in keys[1:]:
        below[_parent_of(each, sessions, keys[0])].append(each)
    order, waiting = [], [keys[0]]
    while waiting:
        each = waiting.pop()
        order.append(each)
        waiting.extend(reversed(below.pop(each, [])))
    return order


def _agent(
    key: Key, facts: RunFacts, prompts: Sequence[PromptEvent], entries: Sequence[Entry], calls: Sequence[Call]
) -> Agent:
    session, source = key
    turns, unanswered = turns_of(entries)
    rendered = tuple(each for each in prompts if each.event_type == "rendered")
    is_root = source == MAIN and session == facts.session_id
    named = next((each.prompt_key for each in (*rendered, *prompts) if each.prompt_key), None)
    adapter = next((each.adapter for each in prompts if each.adapter), None)
    name = named or (facts.prompt_key if is_root else None) or _UNNAMED
    return Agent(
        session_id=session,
        source=source,
        name=name if source == MAIN else _name_of_source(source),
        adapter=adapter or facts.adapter,
        parent=None,
        parent_call=None,
        created_at=None,
        prompts=rendered,
        turns=turns,
        executions=() if turns else tuple(_executions(prompts)),
        calls=tuple(calls),
        unanswered=unanswered,
    )


def _name_of_source(source: str) -> str:
    """Return the name of an agent in a transcript; until release 0.23 its source is the path of its own transcript."""
    return PurePosixPath(source.removeprefix("subagent:")).stem or _UNNAMED


def _executions(prompts: Iterable[PromptEvent]) -> Iterator[Execution]:
    """Yield each executed prompt with what was rendered for it."""
    rendered = None
    for prompt in prompts:
        if prompt.event_type == "rendered":
            rendered = prompt
        elif prompt.event_type == "executed":
            yield Execution(rendered, prompt)
            rendered = None


def first_time(agent: Agent) -> str | None:
    """Return the earliest time that the records of an agent have; None if they have none."""
    times = [
        *(each.time for each in agent.prompts),
        *(entry.time for turn in agent.turns[:1] for entry in (*turn.read, *turn.written)),
        *(each.time for each in agent.unanswered),
        *(each.begins for each in agent.calls),
        *(each.executed.time for each in agent.executions),
    ]
    return min(filter(None, times), default=None)


def last_time(agent: Agent) -> str | None:
    """Return the latest time that the records of an agent have; None if they have none."""
    times = [
        *(each.time for each in agent.prompts),
        *(turn.answered_at for turn in agent.turns),
        *(each.time for each in agent.unanswered),
        *(each.ends for each in agent.calls),
        *(each.executed.time for each in agent.executions),
    ]
    return max(filter(None, times), default=None)


def running_call(calls: Iterable[Call], time: str | None) -> int | None:
    """Return the row of the call that started last of those that were running at a time; None if none was."""
    running = [
        (call.begins, call.id)
        for call in calls
        if time and call.begins and call.ends and call.begins <= time <= call.ends
    ]
    return max(running)[1] if running else None
