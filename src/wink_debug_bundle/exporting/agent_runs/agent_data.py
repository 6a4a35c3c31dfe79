"""What a run consists of, as every export of runs needs it: plain data, without the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Tokens(NamedTuple):
    """Tokens of one answer or run; `context` counts all input tokens, also those read from or written to the cache."""

    context: int | None
    cached: int | None
    cache_write: int | None
    output: int | None

    def most(self, other: Tokens) -> Tokens:
        """Return the greater of each number: several entries may repeat those of one answer."""
        pairs = zip(self, other, strict=True)
        return Tokens(*(max((each for each in pair if each is not None), default=None) for pair in pairs))

    @property
    def are_known(self) -> bool:
        """Return whether any number is known."""
        return any(number is not None for number in self)


NO_TOKENS = Tokens(None, None, None, None)


class Entry(NamedTuple):
    """A block of the transcript."""

    id: int
    session_id: str | None
    source: str
    log_id: int
    time: str | None
    entry_type: str
    call_id: str | None
    model: str | None
    tokens: Tokens
    requested_call: int | None


class Call(NamedTuple):
    """A tool call.

    Attributes:
        started_at: When it started, by the log; None if no log record says so.
        ended_at: When it ended, by the log or by the session.
        used_at: When the transcript has its request.
        returned_at: When the transcript has its result.
    """

    id: int
    session_id: str | None
    source: str | None
    tool_name: str
    call_id: str | None
    outcome: str
    success: int | None
    started_at: str | None
    ended_at: str | None
    used_at: str | None
    returned_at: str | None

    @property
    def begins(self) -> str | None:
        """Return the best time that is known of its start."""
        return self.started_at or self.used_at or self.ended_at or self.returned_at

    @property
    def ends(self) -> str | None:
        """Return the best time that is known of its end."""
        return self.ended_at or self.returned_at or self.begins


class PromptEvent(NamedTuple):
    """A prompt that a session rendered or executed."""

    id: int
    session_id: str
    event_type: str
    time: str | None
    prompt_ns: str | None
    prompt_key: str | None
    adapter: str | None
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer of the model.

    Attributes:
        read: What it was given since the turn before: messages of the user, and results of tools.
        written: The blocks of the answer.
        asked_at: When the last of what it read was there; None if it read nothing that is recorded.
        answered_at: When its last block was logged.
    """

    model: str | None
    tokens: Tokens
    read: tuple[Entry, ...]
    written: tuple[Entry, ...]
    asked_at: str | None
    answered_at: str | None


@dataclass(frozen=True, slots=True)
class Execution:
    """A prompt that was executed, of a session without a transcript: all turns of the model together."""

    rendered: PromptEvent | None
    executed: PromptEvent


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent of a run: the main one of a session, or one that it started within the session.

    Attributes:
        session_id: Its session; None if the run has none.
        source: Its name in the transcript; "main" for the main agent of a session.
        name: What it is called: the key of its prompt, or its name in the transcript.
        parent: Position of the agent that started it; None for the first.
        parent_call: Row of the call during which it began; None if no call was running.
        created_at: When its session was created; None if that is unknown.
        prompts: Prompts that were rendered for it.
        turns: Its turns, if there is a transcript.
        executions: Its executed prompts, if it has no transcript.
        calls: Its tool calls, in order.
        unanswered: What it was given after its last turn.
    """

    session_id: str | None
    source: str
    name: str
    adapter: str | None
    parent: int | None
    parent_call: int | None
    created_at: str | None
    prompts: tuple[PromptEvent, ...]
    turns: tuple[Turn, ...]
    executions: tuple[Execution, ...]
    calls: tuple[Call, ...]
    unanswered: tuple[Entry, ...]

    @property
    def answer_tokens(self) -> list[Tokens]:
        """Return the tokens of each turn, or of each executed prompt."""
        return [*(turn.tokens for turn in self.turns), *(each.executed.tokens for each in self.executions)]


class Evaluated(NamedTuple):
    """What an evaluation said about a sample."""

    sample_id: str | None
    experiment: str | None
    result: str | None
    score: float | None
    reason: str | None
    error: str | None
    time: str | None


class RunFacts(NamedTuple):
    """What is known about a run, or about a session outside of runs, as a whole: columns as in the table runs."""

    sha256: str | None
    bundle_id: str | None
    execution_id: str | None
    request_id: str | None
    session_id: str | None
    started_at: str | None
    ended_at: str | None
    prompt_ns: str | None
    prompt_key: str | None
    adapter: str | None
    attempt: int | None
    worker_id: str | None
    trace_id: str | None
    span_id: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    error_type: str | None
    error_message: str | None
    traceback: str | None
    sample_id: str | None
    experiment: str | None
    score: float | None
    score_reason: str | None
    sample_error: str | None
    result: str | None
    library_version: str | None
    evaluation: str | None


@dataclass(frozen=True, slots=True)
class AgentRun:
    """A run, or a tree of sessions outside of runs.

    Attributes:
        run_id: Its number; None outside of runs.
        samples: What evaluations said about it; outside of runs, a session may have several.
        agents: Its agents; the first is the main agent of the root session.
    """

    run_id: int | None
    facts: RunFacts
    samples: tuple[Evaluated, ...]
    agents: tuple[Agent, ...]
