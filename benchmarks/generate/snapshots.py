"""Generate session snapshots as `dump_session` writes them: a line for each session, keys sorted, ASCII escapes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

from benchmarks.generate.text import TOOLS, fill, template, timestamp, uuid_text, vocabulary

TOOL_INVOKED = "weakincentives.runtime.events.types:ToolInvoked"
PROMPT_RENDERED = "weakincentives.runtime.events:PromptRendered"
PROMPT_EXECUTED = "weakincentives.runtime.events:PromptExecuted"
READ_RESULT, FINDING = "reviewer.tools:ReadResult", "reviewer.plan:Finding"

USAGE = {"input_tokens": "##n##", "output_tokens": "##n##", "cached_tokens": None}
RUN_CONTEXT = {"run_id": "<<run>>", "request_id": "<<run>>", "session_id": "<<session>>", "attempt": 1}
COMMON = {"adapter": "claude_agent_sdk", "created_at": "<<time>>", "event_id": "<<id>>", "prompt_name": "code-review",
          "session_id": "<<session>>", "run_context": RUN_CONTEXT}  # fmt: skip
ITEMS: dict[str, dict[str, object]] = {
    FINDING: {"file": "<<path>>", "line": "##n##", "severity": "minor", "text": "<<text>>"},
    READ_RESULT: {"path": "<<path>>", "size": "##n##", "truncated": False},
    TOOL_INVOKED: {
        **COMMON, "name": "<<tool>>", "call_id": "call_<<n>>", "params": {"path": "<<path>>", "limit": "##n##"},
        "rendered_output": "<<text>>", "usage": USAGE,
        "result": {"message": "read <<path>>", "success": "##flag##", "exclude_value_from_context": False,
                   "value": {"path": "<<path>>", "text": "<<text>>"}}},
    PROMPT_EXECUTED: {
        **COMMON, "usage": USAGE,
        "result": {"prompt_name": "code-review", "text": "<<long>>", "output": {"summary": "<<text>>"}}},
    PROMPT_RENDERED: {
        **COMMON, "prompt_ns": "demo", "prompt_key": "code-review", "rendered_prompt": "<<long>>",
        "render_inputs": [{"path": "<<path>>"}],
        "descriptor": {"ns": "demo", "key": "code-review", "task_examples": [],
                       "sections": [{"path": ["review"], "content_hash": "<<id>>", "number": "1"}],
                       "tools": [{"path": ["review"], "name": name, "contract_hash": "<<id>>", "example_hashes": []}
                                 for name in TOOLS]}},
}  # fmt: skip
"""One item of each slice."""

PER_CALL = {FINDING: 0.1, READ_RESULT: 0.3, TOOL_INVOKED: 1.0, PROMPT_EXECUTED: 0.01, PROMPT_RENDERED: 0.01}
"""Number of items of each slice for one tool call."""

BYTES_PER_CALL = 1_600
"""About the bytes of a tool call and the other items that come with it."""

PROMPT_BYTES = 6_000
"""About the bytes of a rendered prompt, and of its answer."""

SESSIONS = 4
"""Number of sessions in one file: a root and its children."""


def snapshot_file(seed: int, key: str, size: int, root: str) -> tuple[bytes, dict[str, int]]:
    """Return a file of about `size` bytes for the session `root` and its children, and its number of rows by table."""
    rng = random.Random(f"{seed}:snapshot:{key}")
    children = [uuid_text(rng) for _ in range(SESSIONS - 1)]
    calls = max(1, size // SESSIONS // BYTES_PER_CALL)
    lines = [_line(rng, seed, (root, None), children, calls)]
    lines += [_line(rng, seed, (child, root), (), calls) for child in children]
    return ("\n".join(lines) + "\n").encode(), _rows(calls)


def _count(kind: str, calls: int) -> int:
    return max(1, int(calls * PER_CALL[kind]))


def _rows(calls: int) -> dict[str, int]:
    counts = {kind: SESSIONS * _count(kind, calls) for kind in ITEMS}
    return {
        "slice_items": sum(counts.values()),
        "tool_invocations": counts[TOOL_INVOKED],
        "prompt_events": counts[PROMPT_RENDERED] + counts[PROMPT_EXECUTED],
    }


def _line(rng: random.Random, seed: int, ids: tuple[str, str | None], children: Sequence[str], calls: int) -> str:
    session, parent = ids
    tags = {"app": "reviewer", "session_id": session} | ({"parent_session_id": parent} if parent else {})
    envelope = {
        "version": "1",
        "created_at": timestamp(calls * 2_000_000),
        "parent_id": parent,
        "children_ids": list(children),
        "policies": {kind: "log" if kind.startswith("weak") else "state" for kind in ITEMS},
        "slices": "##slices##",
        "tags": tags,
    }
    slices = ", ".join(_slice(rng, seed, kind, session, _count(kind, calls)) for kind in sorted(ITEMS))
    return fill(template(envelope, ensure_ascii=True, sort_keys=True), {"slices": f"[{slices}]"})


def _slice(rng: random.Random, seed: int, kind: str, session: str, count: int) -> str:
    pattern = _patterns()[kind]
    prompt_bytes = PROMPT_BYTES if "(long)" in pattern else 0
    items = ", ".join([pattern % _values(rng, seed, session, number, prompt_bytes) for number in range(count)])
    return f'{{"item_type": "{kind}", "items": [{items}], "slice_type": "{kind}"}}'


def _values(rng: random.Random, seed: int, session: str, number: int, prompt_bytes: int) -> dict[str, object]:
    words = vocabulary(seed, ensure_ascii=True)
    chance = rng.random()
    return {
        "time": timestamp(number * 1_000_000 + int(chance * 900_000)),
        "session": session,
        "run": session,
        "id": uuid_text(rng),
        "tool": TOOLS[int(chance * 100) % len(TOOLS)],
        "path": words.paths[int(chance * 100000) % len(words.paths)],
        "text": words.fragments[int(chance * 1000000) % len(words.fragments)],
        "long": words.text(rng, prompt_bytes) if prompt_bytes else "",
        "n": number,
        "flag": "true" if chance < 0.95 else "false",
    }


@cache
def _patterns() -> dict[str, str]:
    return {kind: template({"__type__": kind, **item}, ensure_ascii=True, sort_keys=True)
            for kind, item in ITEMS.items()}  # fmt: skip
