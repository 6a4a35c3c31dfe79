"""Make the trajectory of a run: the steps of its main agent, and the trajectories of the agents that it started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..agent_runs.agent_data import Agent, AgentRun, Tokens
from ..agent_runs.agents_of_run import first_time
from ..agent_runs.run_keys import run_key
from ..agent_runs.run_reading import counted
from ..agent_runs.unit_words import UnitWords
from .trajectory_steps import Json, Started, StepMaker

SCHEMA_VERSION = "ATIF-v1.7"
"""The version of Harbor's RFC 0001 that trajectories keep to; what 1.8 adds are sounds, which no bundle has."""

_NOTHING_SAID = "The bundle has no record of what was said in this run."


def trajectory_of(run: AgentRun, words: UnitWords) -> Json:
    """Return a run as a trajectory, ready to be written as JSON."""
    made = _Trajectories(run, words).of_agent(0)
    facts = run.facts
    tokens = counted(facts.adapter, facts.input_tokens, facts.output_tokens, facts.cached_tokens)
    metrics = _totals(tokens) if tokens.are_known else made.pop("final_metrics")
    made |= {"final_metrics": {**metrics, "total_steps": len(made["steps"])}, "extra": _facts(run)}
    return made


class _Trajectories:
    """Makes the trajectories of a run's agents."""

    def __init__(self, run: AgentRun, words: UnitWords) -> None:
        self._run = run
        self._words = words
        self._key = run_key(run.facts)

    def of_agent(self, number: int) -> Json:
        """Return the trajectory of an agent, with those of the agents below it."""
        agents, facts = self._run.agents, self._run.facts
        agent = agents[number]
        below = [each for each, other in enumerate(agents) if other.parent == number]
        started = [
            Started(self._id(each), agents[each].parent_call, first_time(agents[each]) or agents[each].created_at)
            for each in below
        ]
        steps = StepMaker(agent, self._words, started).steps()
        made: Json = {
            "schema_version": SCHEMA_VERSION,
            "session_id": agent.session_id or facts.bundle_id or self._key,
            "trajectory_id": self._id(number),
            "agent": _agent(agent, facts.library_version),
            "steps": steps or [{"step_id": 1, "source": "system", "message": facts.error_message or _NOTHING_SAID}],
            "final_metrics": _totals(_sum(agent)),
        }
        return made | ({"subagent_trajectories": [self.of_agent(each) for each in below]} if below else {})

    def _id(self, number: int) -> str:
        return self._key if number == 0 else f"{self._key}-{number}"


def _agent(agent: Agent, version: str | None) -> Json:
    models = {turn.model for turn in agent.turns if turn.model}
    extra = _without_none({"adapter": agent.adapter})
    return _without_none(
        {
            "name": agent.name,
            "version": version or "unknown",
            "model_name": models.pop() if len(models) == 1 else None,
            "extra": extra or None,
        }
    )


def _sum(agent: Agent) -> Tokens:
    """Return the tokens of all turns of an agent."""
    parts = agent.answer_tokens
    return Tokens(*(_total([part[position] for part in parts]) for position in range(len(Tokens._fields))))


def _total(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _totals(tokens: Tokens) -> Json:
    return _without_none(
        {
            "total_prompt_tokens": tokens.context,
            "total_completion_tokens": tokens.output,
            "total_cached_tokens": tokens.cached,
        }
    )


def _facts(run: AgentRun) -> Json:
    """Return what the bundle knows of the run and the format has no field for."""
    facts = run.facts
    only = run.samples[0] if len(run.samples) == 1 else None
    return _without_none(
        {
            "prompt": ":".join(filter(None, (facts.prompt_ns, facts.prompt_key))) or None,
            "bundle_id": facts.bundle_id,
            "execution_id": facts.execution_id,
            "request_id": facts.request_id,
            "evaluation": facts.evaluation,
            "experiment": facts.experiment or (only.experiment if only else None),
            "sample_id": facts.sample_id or (only.sample_id if only else None),
            "result": facts.result or (only.result if only else None),
            "score": only.score if only else None,
            "score_reason": only.reason if only else None,
            "error_type": facts.error_type,
            "error": facts.error_message or (only.error if only else None),
            "started_at": facts.started_at,
            "ended_at": facts.ended_at,
        }
    )


def _without_none(values: dict[str, Any]) -> Json:
    return {name: value for name, value in values.items() if value is not None}
