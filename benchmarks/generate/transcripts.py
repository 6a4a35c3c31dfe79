"""Generate transcript entries of 2 to 46 KB, as log records: an agent's messages, tool calls and their results."""

from __future__ import annotations

import json
import random
from functools import cache

from benchmarks.generate.text import TOOLS, template, timestamp, uuid_text, vocabulary

SMALLEST, LARGEST = 2_000, 46_000
"""Least and most bytes of an entry's text; with its other fields and escapes an entry has 2 to 50 KB."""

MESSAGE = {
    "type": "<<role>>",
    "uuid": "<<id>>",
    "parentUuid": "<<session>>",
    "timestamp": "<<time>>",
    "message": {"role": "<<role>>", "model": "example/model-1", "content": [{"type": "text", "text": "<<text>>"}]},
}
TOOL_USE = {
    "type": "tool_use",
    "id": "toolu_<<n>>",
    "name": "<<tool>>",
    "input": {"path": "<<path>>", "content": "<<text>>"},
}
TOOL_RESULT = {"type": "tool_result", "tool_use_id": "toolu_<<n>>", "content": "<<text>>", "is_error": False}


def transcript_block(seed: int, key: str, size: int, start: int, sessions: list[str]) -> tuple[bytes, int]:
    """Return at least `size` bytes of entries that start `start` microseconds into the run, and their number."""
    rng = random.Random(f"{seed}:transcript:{key}")
    patterns = _patterns()
    lines: list[bytes] = []
    written, now = 0, start
    while written < size:
        now += rng.randrange(1000, 30000)
        pattern, copies = rng.choice(patterns)
        fields = {"n": len(lines) + 1, "time": timestamp(now), "session": _session(rng, sessions)}
        lines.append((pattern % {**fields, **_values(rng, seed, copies)}).encode())
        written += len(lines[-1]) + 1
    return b"\n".join(lines) + b"\n", len(lines)


def _session(rng: random.Random, sessions: list[str]) -> str:
    return sessions[0] if rng.random() < 0.8 else rng.choice(sessions)


def _values(rng: random.Random, seed: int, copies: int) -> dict[str, object]:
    words = vocabulary(seed, ensure_ascii=False)
    size = rng.randint(SMALLEST, LARGEST) // copies
    return {
        "id": uuid_text(rng),
        "tool": rng.choice(TOOLS),
        "path": rng.choice(words.paths),
        "role": rng.choice(("user", "assistant")),
        "text": words.text(rng, size),
        "raw": words.nested_text(rng, size) if copies == 2 else "",
    }


@cache
def _patterns() -> list[tuple[str, int]]:
    """Return a template for each kind of entry, and how many copies of the text it holds."""
    raw = json.dumps(MESSAGE, ensure_ascii=False).replace("<<text>>", "<<raw>>")
    return [
        (_pattern("assistant_message", {"sdk_entry": MESSAGE}, raw), 2),
        (_pattern("user_message", {"sdk_entry": MESSAGE}, None), 1),
        (_pattern("tool_use", {"sdk_entry": TOOL_USE}, None), 1),
        (_pattern("tool_result", {"sdk_entry": TOOL_RESULT, "tool_name": "<<tool>>"}, None), 1),
    ]


def _pattern(kind: str, detail: dict[str, object], raw: str | None) -> str:
    context = {
        "component": "transcript",
        "prompt_name": "code-review",
        "adapter": "claude_agent_sdk",
        "entry_type": kind,
        "sequence_number": "##n##",
        "source": "main",
        "timestamp": "<<time>>",
        "session_id": "<<session>>",
        "detail": detail,
    }
    record = {
        "timestamp": "<<time>>",
        "level": "DEBUG",
        "logger": "weakincentives.runtime.transcript",
        "event": "transcript.entry",
        "message": f"transcript entry: {kind}",
        "context": context if raw is None else {**context, "raw": raw},
    }
    return template(record, ensure_ascii=False)
