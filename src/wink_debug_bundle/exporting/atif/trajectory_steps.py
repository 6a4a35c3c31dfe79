"""Make the steps of a trajectory: what an agent was told, its turns, and what its tools returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ..agent_runs.agent_data import Agent, Call, Entry, Execution, PromptEvent, Tokens, Turn
from ..agent_runs.unit_words import NO_CALL_WORDS, CallWords, EntryWords, UnitWords, parsed

Json = dict[str, Any]


class Started(NamedTuple):
    """A trajectory of an agent that another one started, and the call that started it."""

    trajectory_id: str
    call: int | None
    time: str | None


class StepMaker:
    """Makes the steps of one agent.

    Args:
        agent: The agent.
        words: Reads what was said.
        started: The agents that it started.
    """

    def __init__(self, agent: Agent, words: UnitWords, started: Sequence[Started]) -> None:
        self._agent = agent
        self._words = words
        self._started = started
        self._calls = {call.id: call for call in agent.calls}

    def steps(self) -> list[Json]:
        """Return the steps in order, numbered from 1."""
        steps = [step for _, made in self._in_order() for step in made]
        return [{"step_id": number, **step} for number, step in enumerate(steps, 1)]

    def _in_order(self) -> list[tuple[str, Iterable[Json]]]:
        """Return the steps with the times by which they are ordered; one without a time follows the one before it."""
        items: list[tuple[str, Iterable[Json]]] = [
            *_timed((prompt.time, self._told(prompt)) for prompt in self._agent.prompts),
            *_timed((_first_time(turn), self._turn(turn)) for turn in self._agent.turns),
            *_timed((entry.time, self._heard([entry])) for entry in self._agent.unanswered),
            *_timed((call.begins, self._call(call)) for call in self._loose_calls()),
            *_timed((each.executed.time, self._executed(each)) for each in self._agent.executions),
            *_timed((each.time, [_reference_step(each)]) for each in self._started if each.call is None),
        ]
        return sorted(items, key=lambda item: item[0])

    def _loose_calls(self) -> Iterator[Call]:
        """Yield the calls that no turn requests."""
        requested = {entry.requested_call for turn in self._agent.turns for entry in turn.written}
        return (call for call in self._agent.calls if call.id not in requested)

    def _told(self, prompt: PromptEvent) -> Iterator[Json]:
        text = self._words.prompts([prompt.id]).get(prompt.id, "")
        yield _step("system", prompt.time, text)

    def _heard(self, entries: Iterable[Entry]) -> Iterator[Json]:
        """Yield messages of the user; results of tools belong to the step of their call."""
        messages = [entry for entry in entries if entry.entry_type == "user_message"]
        words = self._words.entries(entry.id for entry in messages) if messages else {}
        for entry in messages:
            yield _step("user", entry.time, words[entry.id].text or "")

    def _turn(self, turn: Turn) -> Iterator[Json]:
        yield from self._heard(turn.read)
        words = self._words.entries(entry.id for entry in turn.written)
        blocks = [words[entry.id] for entry in turn.written if entry.id in words]
        step = _step("agent", turn.answered_at, _joined(blocks, "assistant_message") or "")
        step |= _known(model_name=turn.model, reasoning_content=_joined(blocks, "thinking"))
        step |= self._actions(
            [(words.get(entry.id), self._calls.get(entry.requested_call or 0)) for entry in turn.written]
        )
        yield step | _known(metrics=_metrics(turn.tokens), llm_call_count=1)

    def _call(self, call: Call) -> Iterator[Json]:
        yield _step("agent", call.begins, "") | self._actions([(None, call)])

    def _executed(self, execution: Execution) -> Iterator[Json]:
        executed = execution.executed
        text = self._words.prompts([executed.id]).get(executed.id, "")
        yield _step("agent", executed.time, text) | _known(metrics=_metrics(executed.tokens))

    def _actions(self, blocks: Sequence[tuple[EntryWords | None, Call | None]]) -> Json:
        """Return the tool calls of a step and their results."""
        calls = self._words.calls(call.id for _, call in blocks if call is not None)
        made = [
            (_action(words, call, calls.get(call.id, NO_CALL_WORDS) if call else NO_CALL_WORDS), call)
            for words, call in blocks
            if call is not None or (words is not None and words.entry_type == "tool_use")
        ]
        if not made:
            return {}
        _give_ids(action for action, _ in made)
        results = [
            result
            for action, call in made
            if call is not None and (result := self._result(action, call, calls.get(call.id, NO_CALL_WORDS)))
        ]
        return _known(tool_calls=[action for action, _ in made], observation={"results": results} if results else None)

    def _result(self, action: Json, call: Call, words: CallWords) -> Json | None:
        references = [_reference(each) for each in self._started if each.call == call.id]
        found = _known(content=words.result, subagent_trajectory_ref=references or None)
        if not found:
            return None
        error = {"error": words.error} if words.error and words.error != words.result else None
        return {"source_call_id": action["tool_call_id"], **found, **_known(extra=error)}


def written_time(time: str | None) -> str | None:
    """Return an ISO 8601 time; None for other text."""
    try:
        return time if time and datetime.fromisoformat(time) else None
    except ValueError:
        return None


def _timed(items: Iterable[tuple[str | None, Iterable[Json]]]) -> Iterator[tuple[str, Iterable[Json]]]:
    last = ""
    for time, steps in items:
        last = max(time or "", last)
        yield last, steps


def _first_time(turn: Turn) -> str | None:
    """Return when the first thing that a turn read, or else its answer, was there."""
    return next((entry.time for entry in (*turn.read, *turn.written) if entry.time), turn.answered_at)


def _step(source: str, time: str | None, message: str) -> Json:
    return {**_known(timestamp=written_time(time)), "source": source, "message": message}


def _known(**values: object) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _joined(blocks: Iterable[EntryWords], entry_type: str) -> str | None:
    texts = [block.text for block in blocks if block.entry_type == entry_type and block.text]
    return "\n\n".join(texts) if texts else None


def _action(words: EntryWords | None, call: Call | None, given: CallWords) -> Json:
    arguments = parsed(given.params if given.params is not None else words.data if words else None)
    name = call.tool_name if call else (words.tool_name if words else None) or ""
    identity = (call.call_id if call else None) or (words.call_id if words else None) or ""
    return {
        "tool_call_id": identity,
        "function_name": name,
        "arguments": arguments if isinstance(arguments, dict) else {} if arguments is None else {"value": arguments},
        **_known(extra={"outcome": call.outcome} if call else None),
    }


def _give_ids(actions: Iterable[Json]) -> None:
    """Give calls without an id one, so that each call of a step has its own."""
    taken: set[str] = set()
    for number, action in enumerate(actions, 1):
        identity = action["tool_call_id"] or f"call-{number}"
        while identity in taken:
            identity += "-again"
        taken.add(identity)
        action["tool_call_id"] = identity


def _metrics(tokens: Tokens) -> Json | None:
    extra = _known(cache_write_tokens=tokens.cache_write) or None
    metrics = _known(
        prompt_tokens=tokens.context, completion_tokens=tokens.output, cached_tokens=tokens.cached, extra=extra
    )
    return metrics or None


def _reference(started: Started) -> Mapping[str, str]:
    return {"trajectory_id": started.trajectory_id}


def _reference_step(started: Started) -> Json:
    """Return the step of an agent that no recorded call started."""
    step = _step("system", started.time, "An agent was started.")
    return step | {"observation": {"results": [{"subagent_trajectory_ref": [_reference(started)]}]}}
