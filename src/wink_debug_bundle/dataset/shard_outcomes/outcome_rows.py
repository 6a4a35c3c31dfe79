"""How everything in one shard ended, as numbers that can be added to those of other shards."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import NamedTuple

from ...explore.outcome import EvaluationOutcome, ResultCounts, SessionCounts


class ExperimentSum(NamedTuple):
    """How the samples of an experiment ended; the score is added up over `scored` samples."""

    evaluation: str | None
    experiment: str | None
    samples: int
    passed: int
    failed: int
    errors: int
    unscored: int
    score: float | None
    scored: int
    total_tokens: int | None


class ReasonCount(NamedTuple):
    """A reason of failures, how often it occurred, and its first failure; ids are those of the shard."""

    evaluation: str | None
    kind: str
    name: str | None
    signature: str | None
    failure_count: int
    example: str | None
    run_id: int | None
    session_id: str | None


class NameCount(NamedTuple):
    """How often something named a model or an adapter."""

    name: str
    uses: int


class ToolTime(NamedTuple):
    """How many calls of a tool have a duration, their sum and the longest."""

    name: str
    call_count: int
    total_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class NumberSums:
    """Numbers of a shard; those of all shards are their sums."""

    call_count: int = 0
    failed_call_count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int | None = None
    total_tokens: int = 0
    unknown_token_runs: int = 0
    problem_count: int = 0
    incomplete_count: int = 0


NUMBERS = tuple(each.name for each in fields(NumberSums))
"""The names of the numbers, which an outcome has, too."""


@dataclass(frozen=True, slots=True)
class ShardOutcome:
    """How everything in a shard ended.

    Attributes:
        runs: How many runs ended in which way.
        session_samples: How many samples that only sessions record did.
        sessions: How many sessions outside of runs did.
        numbers: Calls, tokens and problems.
        first_time: The first moment that anything in the shard names, in UTC.
        last_time: The last one.
        evaluations: How the runs of each evaluation ended; none if nothing has an evaluation.
        experiments: The experiments of each evaluation.
        reasons: The most frequent reasons of failures.
        models: The most frequent models.
        adapters: The most frequent adapters.
        tools: The tools whose calls took the most time.
        left_out: How many of the last five are not listed, as there are so many; none if all are.
        run_marks: Some bytes for each run, by which copies of it in other shards are found.
    """

    runs: ResultCounts = field(default_factory=ResultCounts)
    session_samples: ResultCounts = field(default_factory=ResultCounts)
    sessions: SessionCounts = field(default_factory=SessionCounts)
    numbers: NumberSums = field(default_factory=NumberSums)
    first_time: str | None = None
    last_time: str | None = None
    evaluations: tuple[EvaluationOutcome, ...] = ()
    experiments: tuple[ExperimentSum, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    models: tuple[NameCount, ...] = ()
    adapters: tuple[NameCount, ...] = ()
    tools: tuple[ToolTime, ...] = ()
    left_out: int = 0
    run_marks: bytes = b""
