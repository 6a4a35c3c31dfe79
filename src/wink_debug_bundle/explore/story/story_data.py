"""What a story is made of: plain data, from which every format is written."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import overload

STORY_FORMATS = ("text", "markdown", "json")

SMALLEST_STORY_BUDGET = 2000
"""Smallest budget in characters: room for the header, the failure and the remarks."""


class StepKind(StrEnum):
    """What a step of a story is."""

    PROMPT = "prompt"
    MESSAGE = "message"
    THINKING = "thinking"
    CALL = "call"
    SYSTEM = "system"
    OTHER = "other"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class StoryHeader:
    """What is known about a run, or a session outside of runs, as a whole; None for what is not known.

    Attributes:
        run_id: The run's number; None for a session.
        session_id: The root session.
        bundle_id: The id in the run's manifest.
        sample_id: Sample of an evaluation.
        experiment: Name of the experiment.
        result: "passed", "failed", "error" or "unscored"; of a session that is no sample, "error" or "unfinished".
        score: Score of the sample.
        reason: Why it failed, or what the evaluator said.
        input_tokens: Input tokens.
        output_tokens: Output tokens.
        cached_tokens: Input tokens from the cache.
        duration_ms: Milliseconds that it took.
        model: Model of the first message that names one.
        adapter: Provider adapter.
        prompt: Namespace and key of the prompt.
        started_at: When it started, ISO 8601.
        ended_at: When it ended.
        session_count: Number of sessions: the root and those below it.
        step_count: Number of steps.
    """

    run_id: int | None
    session_id: str | None
    bundle_id: str | None
    sample_id: str | None
    experiment: str | None
    result: str | None
    score: float | None
    reason: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    duration_ms: float | None
    model: str | None
    adapter: str | None
    prompt: str | None
    started_at: str | None
    ended_at: str | None
    session_count: int
    step_count: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story.

    Attributes:
        number: Its position in the story, from 1.
        anchor: A name that it keeps: the kind of its row and the row's number, like "call-12".
        kind: What it is.
        title: A line that says who or what it is: "user", "find_trains", "ERROR bridge.handler_error".
        text: What was said, returned or logged, in full; None if there is nothing.
        parameters: JSON of a call's parameters; of other steps, JSON that belongs to them.
        error: Why a call failed, where its result does not say so; of a failed run, its traceback.
        outcome: How a call ended.
        duration_ms: Milliseconds that a call took.
        timestamp: When it happened, ISO 8601; None if unknown.
        ended_at: When a call ended.
        model: Model that wrote a message, where the transcript says so.
        source: "main", or the name of the sub-agent; None if no transcript has the step.
        session_id: The session.
        depth: How deep the session is below the root, one more for a sub-agent.
        handles: What `cell` reads to get the step's own rows in full, like "logs.4711.context".
    """

    number: int
    anchor: str
    kind: StepKind
    title: str
    text: str | None = None
    parameters: str | None = None
    error: str | None = None
    outcome: str | None = None
    duration_ms: float | None = None
    timestamp: str | None = None
    ended_at: str | None = None
    model: str | None = None
    source: str | None = None
    session_id: str | None = None
    depth: int = 0
    handles: tuple[str, ...] = ()


class StepSequence(Sequence[Step]):
    """The steps of a story in order; those that are asked for are read, so that a long story takes little memory."""

    @overload
    def __getitem__(self, index: int) -> Step: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...

    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        """Return one step, or those of a slice."""
        if isinstance(index, slice):
            return self.read(range(len(self))[index])
        return self.read([range(len(self))[index]])[0]

    def __iter__(self) -> Iterator[Step]:
        """Yield every step, reading some at a time."""
        for start in range(0, len(self), 200):
            yield from self[start : start + 200]

    @abstractmethod
    def read(self, positions: Sequence[int]) -> list[Step]:
        """Return the steps at these positions, from 0."""


@dataclass(frozen=True, slots=True)
class Story:
    """A run, or a session outside of runs, from its prompts to its end.

    Attributes:
        header: What is known about it as a whole.
        steps: Its steps, in order; they are read from the open bundle when they are asked for.
    """

    header: StoryHeader
    steps: Sequence[Step]
