"""Generate the log of a run, and the transcript that is a copy of a part of it, as release 0.27 writes them."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.generate.run_calls import BRIDGED
from benchmarks.generate.text import timestamp, uuid_text

Context = dict[str, object]

ADAPTER = "claude_agent_sdk"
PROMPT = {"ns": "demo", "key": "code-review", "name": "code-review"}
MODEL = "example-model-1"
SDK = f"adapters.{ADAPTER}"


@dataclass
class RunLog:
    """The log of one run while it is made: its lines, its clock in microseconds, and what later lines refer to."""

    rng: random.Random
    now: int
    session_id: str
    sdk_session: str
    lines: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    size: int = 0
    calls: int = 0
    messages: int = 0
    parent: str | None = None
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def elapsed_ms(self) -> int:
        """Return the milliseconds since the agent was started, as its hooks count them."""
        return len(self.lines) // 2

    def time(self) -> str:
        """Return the time, and advance the clock."""
        self.now += self.rng.randrange(30, 3000)
        return timestamp(self.now)

    def write(self, logger: str, event: str, context: Context, *, message: str = "", level: str = "DEBUG") -> None:
        """Write one record of the library; the message of most events is their name."""
        name = logger if logger == "asyncio" else f"weakincentives.{logger}"
        self.add({"timestamp": self.time(), "level": level, "logger": name, "event": event,
                  "message": message or event, "context": context})  # fmt: skip

    def add(self, record: Context) -> str:
        """Append one record to the log; return its line."""
        line = json.dumps(record, ensure_ascii=False)
        self.lines.append(line)
        self.size += len(line)
        return line

    def sdk(self, module: str, event: str, context: Context, *, level: str = "DEBUG") -> None:
        """Write a record of the adapter for the agent's SDK."""
        component = "sdk_hooks" if module.startswith("_hook") else ADAPTER
        name = event.removeprefix("sdk.") if event.startswith("sdk.evaluate") else event
        self.write(f"{SDK}.{module}", event, {"component": component, **context},
                   message=f"{ADAPTER}.{name}", level=level)  # fmt: skip

    def bridge(self, event: str, context: Context, *, message: str = "", level: str = "DEBUG") -> None:
        """Write a record of the bridge between the agent and the library's tools."""
        self.write("adapters._shared._bridge", event, {"component": "mcp_bridge", **context},
                   message=message or f"{ADAPTER}.{event}", level=level)  # fmt: skip

    def session(self, event: str, context: Context) -> None:
        """Write a record of the session."""
        self.write("runtime.session.session", event,
                   {"component": "session", "session_id": self.session_id, **context})  # fmt: skip

    def dispatched(self, kind: str, reducer: str = "append_all", operation: str = "Append") -> None:
        """Write the two records of an item that the session takes in."""
        self.session("session.dispatch_data_event", {"data_type": kind, "reducer_count": 1})
        self.session("session.reducer_applied", {"reducer": reducer, "slice_type": kind, "operation": operation})

    def entry(self, kind: str, detail: Context, raw: Context | None = None) -> None:
        """Write a transcript entry, to the log and to the transcript."""
        self.kinds[kind] += 1
        context: Context = {
            "component": "transcript", "prompt_name": PROMPT["name"], "adapter": ADAPTER, "entry_type": kind,
            "sequence_number": len(self.entries) + 1, "source": "main", "timestamp": self.time(),
            "session_id": self.session_id, "detail": detail}  # fmt: skip
        if raw is not None:
            context["raw"] = json.dumps(raw, ensure_ascii=False)
        line = self.add({"timestamp": self.time(), "level": "DEBUG", "logger": "weakincentives.runtime.transcript",
                         "event": "transcript.entry", "message": f"transcript entry: {kind}",
                         "context": context})  # fmt: skip
        self.entries.append(line)

    def sdk_entry(self, kind: str, message: Context) -> Context:
        """Return one line of the agent's own transcript, and make it the parent of the next one."""
        parent, self.parent = self.parent, uuid_text(self.rng)
        return {"type": kind, "uuid": self.parent, "parentUuid": parent, "sessionId": self.sdk_session,
                "isSidechain": False, "timestamp": self.time(), "message": message}  # fmt: skip


def opening(log: RunLog, prompt: str, descriptor: str) -> None:
    """Write what the library logs before the agent's first message."""
    name: Context = {"prompt_name": PROMPT["name"]}
    tools = list(BRIDGED)
    log.sdk(
        "adapter",
        "evaluate.entry",
        {
            **name,
            "prompt_ns": PROMPT["ns"],
            "prompt_key": PROMPT["key"],
            "has_deadline": False,
            "deadline_remaining_seconds": None,
            "has_budget": False,
            "has_budget_tracker": False,
            "has_heartbeat": True,
        },
    )
    log.write("asyncio", "", {}, message="Using selector: EpollSelector")
    _rendering(log, prompt, descriptor)
    log.sdk(
        "adapter",
        "evaluate.rendered",
        {
            "prompt_text_length": len(prompt),
            "tool_count": len(tools),
            "tool_names": tools,
            "has_output_type": True,
            "output_type": "Review",
        },
    )
    log.dispatched("PromptRendered")
    log.dispatched("RenderedTools")
    _resources(log)
    log.bridge("bridge.create_bridged_tools", {"tool_count": len(tools), "tool_names": tools, **name})
    log.sdk("adapter", "run_context.bridged_tools", {"bridged_tool_count": len(tools), "bridged_tool_names": tools})
    log.sdk(
        "adapter",
        "sdk.evaluate.start",
        {**name, "model": MODEL, "tool_count": len(tools), "has_structured_output": True, "isolated": True},
        level="INFO",
    )
    _agent_set_up(log, tools)
    _query_start(log, name, prompt)
    log.entry("user_message", *_twice(log.sdk_entry("user", {"role": "user", "content": prompt})))  # fmt: skip


def closing(log: RunLog, answer: str, usage: dict[str, int]) -> None:
    """Write what the library logs after the agent's last call."""
    name: Context = {"prompt_name": PROMPT["name"]}
    message: Context = {
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": answer}],
        "usage": usage,
    }
    tokens = {"input_tokens": usage["input_tokens"], "output_tokens": usage["output_tokens"]}
    received(log)
    log.sdk(
        "_hooks",
        "hook.stop",
        {
            "stop_reason": "end_turn",
            "stop_hook_active": False,
            "elapsed_ms": log.elapsed_ms,
            **_stats(log, {"input": 0, "output": 0}),
            "stats_thinking_tokens": 0,
            "stats_hook_errors": 0,
        },
    )
    received(
        log,
        "ResultMessage",
        tokens,
        {
            "result": answer,
            "structured_output": json.loads(answer),
            "usage": usage,
            **tokens,
            "cache_read_input_tokens": usage["cache_read_input_tokens"],
            "cache_creation_input_tokens": None,
        },
    )
    log.sdk("_sdk_execution", "sdk_query.disconnecting", name)
    log.sdk(
        "_sdk_execution",
        "sdk_query.complete",
        {
            "message_count": log.messages,
            "stderr_line_count": 0,
            **_stats(log, {"input": usage["input_tokens"], "output": usage["output_tokens"]}),
            "stats_hook_errors": 0,
        },
    )
    log.entry("assistant_message", *_twice(log.sdk_entry("assistant", message)))
    log.write(
        "runtime.transcript",
        "transcript.stop",
        {
            "component": "transcript",
            **name,
            "adapter": ADAPTER,
            "total_entries": len(log.entries),
            "entries_by_source": {"main": len(log.entries)},
            "entries_by_type": dict(log.kinds),
        },
        message="transcript emission stopped",
    )
    log.dispatched("PromptExecuted")
    log.dispatched("Review", "replace_latest", "Replace")
    log.sdk(
        "adapter",
        "sdk.evaluate.complete",
        {**name, "duration_ms": log.elapsed_ms, **tokens, "stop_reason": "end_turn"},
        level="INFO",
    )
    log.write("resources.context", "resource.context.close.start", {"component": "resources", "resource_count": 1})
    log.write("resources.context", "resource.context.close.complete", {"component": "resources"})
    for kind in ("LoopRawResponse", "LoopFinalResponse"):
        log.session("session.dispatch", {"event_type": kind})
        log.dispatched(kind)


def received(
    log: RunLog, kind: str = "AssistantMessage", tokens: dict[str, int] | None = None, more: Context | None = None
) -> None:
    """Write that the agent has sent a message; only the last one of a run counts tokens."""
    tokens = tokens or {"input_tokens": 0, "output_tokens": 0}
    log.sdk(
        "_sdk_execution",
        "sdk_query.message_received",
        {
            "message_type": kind,
            "message_index": log.messages,
            "continuation_round": 0,
            **{f"cumulative_{name}": count for name, count in tokens.items()},
            **(more or {}),
        },
    )
    log.messages += 1


def _twice(entry: Context) -> tuple[Context, Context]:
    return {"sdk_entry": entry}, entry


def _stats(log: RunLog, tokens: dict[str, int]) -> Context:
    return {"stats_tool_count": log.calls, "stats_turn_count": 1, "stats_subagent_count": 0, "stats_compact_count": 0,
            **{f"stats_{kind}_tokens": count for kind, count in tokens.items()}}  # fmt: skip


def _rendering(log: RunLog, prompt: str, descriptor: str) -> None:
    shared: Context = {"component": "prompt", "descriptor": descriptor}
    log.write(
        "prompt.rendering",
        "prompt.render.start",
        {**shared, "param_types": ["Question"], "override_count": 0, "tool_override_count": 0},
    )
    log.write(
        "prompt.rendering",
        "prompt.render.section",
        {
            "component": "prompt",
            "section_path": "review",
            "section_type": "MarkdownSection",
            "visibility": "FULL",
            "has_override": False,
            "depth": 0,
        },
    )
    log.write(
        "prompt.rendering",
        "prompt.render.complete",
        {
            **shared,
            "section_count": 1,
            "tool_count": len(BRIDGED),
            "skill_count": 0,
            "text_length": len(prompt),
            "has_structured_output": True,
        },
    )


def _resources(log: RunLog) -> None:
    log.sdk("adapter", "evaluate.filesystem_bound", {"effective_cwd": "."})
    built: Context = {"component": "resources", "protocol": "Filesystem", "scope": "SINGLETON"}
    log.write("resources.context", "resource.construct.start", built)
    log.write("resources.context", "resource.construct.complete", {**built, "instance_type": "HostFilesystem"})


def _agent_set_up(log: RunLog, tools: list[str]) -> None:
    for step in ("ephemeral_home.init", "generate_settings.auth_inherited", "generate_settings.complete",
                 "copy_aws_config.skipped"):  # fmt: skip
        log.write(f"{SDK}._ephemeral_home", "", {}, message=f"isolation.{step}")
    log.sdk(
        "adapter",
        "run_context.isolation",
        {
            "ephemeral_home_path": "/tmp/claude-agent-1",
            "workspace_path": ".",
            "network_policy": None,
            "sandbox_enabled": True,
            "has_api_key_override": False,
            "include_host_env": False,
            "skill_count": 0,
        },
    )
    log.write(
        "runtime.transcript",
        "transcript.start",
        {"component": "transcript", "prompt_name": PROMPT["name"], "adapter": ADAPTER},
        message="transcript emission started",
    )
    for step in ("inherit_host_auth", "complete"):
        log.write(f"{SDK}._ephemeral_home", "", {}, message=f"isolation.get_env.{step}")
    log.sdk(
        "_sdk_options",
        "sdk_query.env_configured",
        {
            "home_override": "/tmp/claude-agent-1",
            "has_api_key": False,
            "env_var_count": 3,
            "env_keys": ["HOME", "PATH", "DISABLE_AUTOUPDATER"],
        },
    )
    for tool in tools:
        log.bridge("bridge.tool_registered", {"tool_name": tool})
    log.bridge("bridge.mcp_server_created", {"server_name": "wink-tools", "tool_count": len(tools)}, level="INFO")
    log.sdk("_sdk_options", "sdk_query.mcp_server_configured", {"mcp_server_name": "wink"})
    log.sdk(
        "_sdk_options",
        "sdk_query.hooks_registered",
        {"hook_types": ["PreToolUse", "PostToolUse", "Stop", "UserPromptSubmit", "SubagentStop", "PreCompact"]},
    )


def _query_start(log: RunLog, name: Context, prompt: str) -> None:
    log.sdk("_sdk_execution", "sdk_query.entry", {"prompt_text_preview": prompt[:200], "has_output_format": True})
    log.sdk(
        "_sdk_execution",
        "sdk_query.options",
        {
            "model": MODEL,
            "cwd": ".",
            "permission_mode": "bypassPermissions",
            "max_turns": None,
            "max_budget_usd": None,
            "reasoning": "high",
            "has_output_format": True,
            "allowed_tools": None,
            "disallowed_tools": None,
            "has_mcp_servers": True,
            "betas": None,
        },
    )
    for step in ("sdk_query.connecting", "sdk_query.executing"):
        log.sdk("_sdk_execution", step, name)
    log.sdk(
        "_sdk_execution",
        "sdk_query.loop_config",
        {"has_constraints": False, "has_deadline": False, "has_budget": False, "max_rounds": 100, **name},
    )
    log.sdk(
        "_hooks",
        "hook.turn_start",
        {
            "turn_number": 1,
            "session_id": log.sdk_session,
            "prompt_preview": prompt[:200],
            "prompt_length": len(prompt),
            "elapsed_ms": 4,
            "tool_count": 0,
            "cumulative_input_tokens": 0,
            "cumulative_output_tokens": 0,
        },
    )
    log.write(
        f"{SDK}._transcript_collector",
        "transcript.path_discovered",
        {
            "component": "transcript_collector",
            "prompt_name": PROMPT["name"],
            "transcript_path": f"/tmp/claude-agent-1/.claude/projects/demo/{log.sdk_session}.jsonl",
            "session_dir": f"/tmp/claude-agent-1/.claude/projects/demo/{log.sdk_session}",
        },
        message="transcript path discovered",
    )
