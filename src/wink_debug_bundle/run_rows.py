"""The rows of runs, tool calls and transcripts; `rows.py` holds all others."""

from __future__ import annotations

from typing import NamedTuple

from .column_values import CallSource, EntryType, EnvironmentKind, Integrity, Outcome, TokenSource


class CallSourceBit:
    """Bits for the sources of a call, one for each CallSource in its order; a call's sources are the sum of their bits."""

    SLICES, EXECUTION, BRIDGE, HOOK, TRANSCRIPT = (1 << bit for bit in range(len(CallSource)))


class RunRow(NamedTuple):
    """One run, from the metadata members of its zip."""

    id: int
    bundle_id: str | None
    execution_id: str | None
    request_id: str | None
    session_id: str | None
    status: str | None
    started_at: str | None
    ended_at: str | None
    duration_ms: float | None
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
    total_tokens: int | None
    tokens_source: TokenSource | None
    prompt_count: int | None
    budget: str | None
    error_type: str | None
    error_message: str | None
    traceback: str | None
    sample_id: str | None
    experiment: str | None
    score: float | None
    passed: int | None
    score_reason: str | None
    sample_error: str | None
    latency_ms: int | None
    triggered_by: str | None
    filesystem_truncated: int | None
    library_version: str | None
    library_commit: str | None
    format_version: str | None
    path: str
    ends_before_start: int | None
    log_count: int | None = None
    entry_count: int | None = None
    tool_call_count: int | None = None
    failed_call_count: int | None = None
    file_count: int | None = None
    problem_count: int | None = None


class RunMemberRow(NamedTuple):
    """One member of a run's zip that is neither an artifact of its own nor a file of the agent's."""

    run_id: int
    member: int
    path: str
    size_bytes: int
    content: str | None
    is_json: int
    sha256: str | None
    blob_sha256: str | None
    integrity: Integrity


class EnvironmentRow(NamedTuple):
    """One fact about the environment that a run ran in."""

    run_id: int
    kind: EnvironmentKind
    name: str
    value: str | None


class EntryRow(NamedTuple):
    """One block of a transcript entry."""

    run_id: int | None
    session_id: str | None
    log_id: int
    block: int
    source: str
    sequence_number: int | None
    entry_type: EntryType
    raw_type: str
    tool_name: str | None
    call_id: str | None
    is_error: int | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    text_path: str | None
    data_path: str | None
    is_inner: int


class CallFragmentRow(NamedTuple):
    """What one block of log records says about one tool call: all of it, or only its beginning or its end."""

    run_id: int | None
    artifact_id: int
    session_id: str | None
    is_session_known: int
    tool_name: str
    call_id: str | None
    prompt_name: str | None
    requested_log_id: int | None
    started_log_id: int | None
    ended_log_id: int | None
    requested_at: str | None
    started_at: str | None
    ended_at: str | None
    duration_ms: float | None
    outcome: Outcome | None
    source_bits: int


class CallRow(NamedTuple):
    """One tool call, with references to the rows that describe it."""

    run_id: int | None
    session_id: str | None
    tool_name: str
    call_id: str | None
    prompt_name: str | None
    outcome: Outcome
    success: int | None
    duration_ms: float | None
    source: str
    requested_log_id: int | None
    started_log_id: int | None
    ended_log_id: int | None
    event_id: str | None
    use_entry_id: int | None
    result_entry_id: int | None
    ends_before_start: int


class PromptPartRow(NamedTuple):
    """One part of a prompt that a run, or a session outside of runs, rendered."""

    run_id: int | None
    session_id: str | None
    prompt_ns: str
    prompt_key: str
    kind: str
    name: str
    hash: str


class SettledRunRow(NamedTuple):
    """A run whose calls, counts and prompt parts were settled when it was read.

    `event_count` is the number of its ToolInvoked events. Should the bundle have one of them from elsewhere, the calls are
    put together again from `fragments`, JSON of its call fragments, whose ids of log records count from `log_id`.
    `incomplete_prompts` is the number of prompt descriptors that could not be read completely.
    """

    run_id: int
    event_count: int
    log_id: int
    fragments: bytes
    incomplete_prompts: int
