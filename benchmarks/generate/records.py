"""Generate log records of about 660 bytes, of the events that a run of the library logs."""

from __future__ import annotations

import random
from functools import cache

from benchmarks.generate.text import TOOLS, Vocabulary, template, timestamp, uuid_text, vocabulary

Context = dict[str, object]

RUN: Context = {
    "run_id": "<<run>>",
    "request_id": "<<id>>",
    "attempt": 1,
    "worker_id": "worker-1",
    "session_id": "<<session>>",
    "trace_id": "<<trace>>",
}
TOOL: Context = {"adapter": "claude_agent_sdk", "prompt": "code-review", "tool": "<<tool>>", "call_id": "call_<<n>>"}
ARGUMENTS: Context = {"path": "<<path>>", "limit": "##n##", "text": "<<text>>"}

EVENTS: tuple[tuple[int, str, str, str, str, Context], ...] = (
    (9, "DEBUG", "runtime.session.session", "session.dispatch_data_event", "", {
        "component": "session", "session_id": "<<session>>", "data_type": "ToolInvoked", "reducer_count": "##n##"}),
    (9, "DEBUG", "runtime.session.session", "session.reducer_applied", "", {
        "component": "session", "session_id": "<<session>>", "reducer": "append_all", "slice_type": "ToolInvoked",
        "operation": "Append"}),
    (1, "DEBUG", "runtime.session.session", "session.restore", "", {
        "component": "session", "session_id": "<<session>>", "preserve_logs": True, "snapshot_slice_count": "##n##"}),
    (12, "DEBUG", "adapters.tool_executor", "tool.execution.start", "", {
        "component": "adapters.tool_executor", **TOOL, "arguments": ARGUMENTS}),
    (12, "DEBUG", "adapters.tool_executor", "tool.execution.complete", "", {
        "component": "adapters.tool_executor", **TOOL, "success": "##flag##", "message": "<<text>>",
        "value": "ReadResult(path='<<path>>', size=<<n>>)", "value_type": "ReadResult"}),
    (8, "DEBUG", "adapters._shared._bridge", "bridge.tool_call.start", "", {
        "component": "mcp_bridge", "tool_name": "<<tool>>", "prompt_name": "code-review", "arguments": ARGUMENTS,
        "tool_use_id": "toolu_<<n>>"}),
    (8, "DEBUG", "adapters._shared._bridge", "bridge.tool_call.complete", "", {
        "component": "mcp_bridge", "tool_name": "<<tool>>", "success": "##flag##", "message": "<<text>>",
        "value_type": "ReadResult", "output_text": "<<text>>"}),
    (1, "ERROR", "adapters._shared._bridge", "bridge.handler_error", "", {
        "component": "mcp_bridge", "tool_name": "<<tool>>", "error": "<<text>>"}),
    (8, "DEBUG", "adapters.claude_agent_sdk._hooks", "hook.pre_tool_use", "", {
        "component": "claude_agent_sdk.hooks", **RUN, "tool_name": "<<tool>>", "tool_use_id": "toolu_<<n>>",
        "tool_input": ARGUMENTS, "elapsed_ms": "##n##", "tool_count": "##n##", "deadline_remaining_ms": None}),
    (8, "DEBUG", "adapters.claude_agent_sdk._hooks", "hook.tool_call.complete", "", {
        "component": "claude_agent_sdk.hooks", **RUN, "tool_name": "<<tool>>", "success": "##flag##",
        "call_id": "toolu_<<n>>", "tool_input": ARGUMENTS, "output_text": "<<text>>", "elapsed_ms": "##ms##"}),
    (3, "DEBUG", "prompt.rendering", "prompt.render.start", "", {
        "component": "prompt", "descriptor": "PromptDescriptor(ns='demo', key='code-review', sections=[<<text>>])",
        "prompt_name": "code-review"}),
    (5, "DEBUG", "prompt.rendering", "prompt.render.section", "", {
        "component": "prompt", "section_path": "<<path>>", "section_type": "MarkdownSection", "visibility": "FULL",
        "has_override": False, "depth": 0}),
    (3, "DEBUG", "prompt.rendering", "prompt.render.complete", "", {
        "component": "prompt", **RUN, "text_length": "##n##", "tool_count": 8, "digest": "<<trace>>"}),
    (3, "DEBUG", "adapters.litellm", "evaluate.entry", "litellm.evaluate.entry", {
        "component": "adapter.litellm", "prompt_name": "code-review", "has_deadline": False,
        "deadline_remaining_seconds": None, "has_budget": False}),
    (3, "INFO", "adapters.litellm", "prompt_execution_started", "Prompt execution started.", {
        "component": "adapter.litellm", **RUN, "adapter": "litellm", "prompt": "code-review", "tool_count": 8}),
    (6, "DEBUG", "adapters.litellm", "provider.request", "litellm.provider.request", {
        "component": "adapter.litellm", "prompt_name": "code-review", "model": "example/model-1",
        "message_count": "##n##", "tool_names": list(TOOLS), "tool_choice": "auto"}),
    (6, "DEBUG", "adapters.litellm", "provider.response", "litellm.provider.response", {
        "component": "adapter.litellm", **RUN, "response_type": "Completion", "usage": {"input_tokens": "##n##",
        "output_tokens": "##n##", "cached_tokens": None}, "latency_ms": "##ms##", "text": "<<text>>"}),
    (2, "WARNING", "adapters.litellm", "prompt_throttled", "Provider throttled request.", {
        "component": "adapter.litellm", **RUN, "attempt": "##n##", "kind": "rate_limit", "delay_seconds": "##ms##"}),
    (2, "INFO", "runtime.agent_loop", "agent_loop.request_completed", "", {
        "component": "agent_loop", **RUN, "duration_ms": "##ms##"}),
    (2, "WARNING", "prompt.tool_result", "tool_result.render.missing",
        "Tool result dataclass ReadResult is missing a render() implementation; falling back to serialization.", {}),
    (2, "DEBUG", "resources.context", "resource.construct.complete", "", {
        "component": "resources", "protocol": "Filesystem", "scope": "SINGLETON", "instance_type": "HostFilesystem"}),
    (3, "INFO", "httpx", "", 'HTTP Request: POST https://api.example.org/v1/<<n>> "HTTP/1.1 200 OK"', {}),
    (1, "DEBUG", "asyncio", "", "Using selector: EpollSelector", {}),
)  # fmt: skip
"""Weight, level, logger, event, message (if empty, the event's name) and context of each kind of record."""

THIRD_PARTY = ("httpx", "asyncio")


def log_block(seed: int, key: str, size: int, start: int, sessions: list[str]) -> tuple[bytes, int]:
    """Return at least `size` bytes of records that start `start` microseconds into the run, and their number."""
    rng = random.Random(f"{seed}:log:{key}")
    words, patterns, weights = vocabulary(seed, ensure_ascii=False), _patterns(), [event[0] for event in EVENTS]
    lines: list[str] = []
    written, now = 0, start
    while written < size:
        for pattern in rng.choices(patterns, weights, k=256):
            now += rng.randrange(200, 1400)
            lines.append(pattern % _values(rng, words, sessions, now))
            written += len(lines[-1]) + 1
            if written >= size:
                break
    return ("\n".join(lines) + "\n").encode(), len(lines)


def _values(rng: random.Random, words: Vocabulary, sessions: list[str], now: int) -> dict[str, object]:
    chance = rng.random()
    unique = uuid_text(rng)
    return {
        "time": timestamp(now),
        "session": sessions[0] if chance < 0.7 else sessions[int(chance * 1000) % len(sessions)],
        "run": sessions[-1],
        "id": unique,
        "trace": unique.replace("-", ""),
        "tool": TOOLS[int(chance * 100) % len(TOOLS)],
        "path": words.paths[int(chance * 100000) % len(words.paths)],
        "text": words.fragments[int(chance * 1000000) % len(words.fragments)],
        "n": int(chance * 5000),
        "ms": round(chance * 900, 3),
        "flag": "true" if chance < 0.95 else "false",
    }


@cache
def _patterns() -> list[str]:
    return [template(_record(*event[1:]), ensure_ascii=False) for event in EVENTS]


def _record(level: str, logger: str, event: str, message: str, context: Context) -> Context:
    name = logger if logger in THIRD_PARTY else f"weakincentives.{logger}"
    return {
        "timestamp": "<<time>>",
        "level": level,
        "logger": name,
        "event": event,
        "message": message or event,
        "context": context,
    }
