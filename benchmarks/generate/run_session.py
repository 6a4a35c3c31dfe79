"""Generate the session's snapshots before and after a run, as release 0.27 writes them."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.generate.run_calls import BRIDGED, Call
from benchmarks.generate.run_log import ADAPTER, PROMPT
from benchmarks.generate.run_turns import message_of, native_response, rendered
from benchmarks.generate.text import uuid_text

Item = dict[str, object]
LOOP = "weakincentives.runtime.agent_loop_types"
REQUEST, RAW, FINAL = f"{LOOP}:LoopRequestState", f"{LOOP}:LoopRawResponse", f"{LOOP}:LoopFinalResponse"
TOOL_INVOKED = "weakincentives.runtime.events.types:ToolInvoked"
RENDERED, EXECUTED = "weakincentives.runtime.events:PromptRendered", "weakincentives.runtime.events:PromptExecuted"
RENDERED_TOOLS = "weakincentives.runtime.session.rendered_tools:RenderedTools"
OVERRIDES = "weakincentives.runtime.session.visibility_overrides:VisibilityOverrides"
READ_RESULT, REVIEW = "reviewer.tools:ReadResult", "reviewer.plan:Review"
LOG_KINDS = (TOOL_INVOKED, RENDERED, EXECUTED, RENDERED_TOOLS)
RENDERED_CHARACTERS = 1000
"""Length at which the library cuts `rendered_output`."""


@dataclass(frozen=True)
class Story:
    """What the members of one run tell; times are ISO 8601, and `called` has each call with its time."""

    bundle_id: str
    session_id: str
    sample_id: str
    started: str
    ended: str
    milliseconds: int
    request: Item
    prompt: str
    answer: Item
    called: Sequence[tuple[Call, str]]
    usage: Mapping[str, int]


def before(rng: random.Random, story: Story) -> tuple[bytes, dict[str, int]]:
    """Return the snapshot before the run, and its rows by table."""
    return _line(
        story, story.started, {REQUEST: [_request_item(rng, story)]}, (REVIEW, READ_RESULT, REQUEST, OVERRIDES)
    )


def after(rng: random.Random, story: Story) -> tuple[bytes, dict[str, int]]:
    """Return the snapshot after the run, and its rows by table."""
    kept = [(call, when) for call, when in story.called if call.ending != "raised"]
    rendering = _rendered(rng, story)
    slices = {
        READ_RESULT: [_value(call) for call, _ in kept if call.success and not call.native],
        REVIEW: [story.answer],
        FINAL: [_response(rng, story)],
        RAW: [_response(rng, story)],
        REQUEST: [_request_item(rng, story)],
        TOOL_INVOKED: [_tool_invoked(rng, story, call, when) for call, when in kept],
        EXECUTED: [_executed(rng, story)],
        RENDERED: [rendering],
        RENDERED_TOOLS: [_tools(rng, story, str(rendering["event_id"]))],
    }
    return _line(story, story.ended, slices, (*slices, OVERRIDES))


def _line(
    story: Story, created: str, slices: dict[str, list[Item]], kinds: Sequence[str]
) -> tuple[bytes, dict[str, int]]:
    filled = {kind: items for kind, items in sorted(slices.items()) if items}
    envelope = {
        "version": "1",
        "created_at": created,
        "parent_id": None,
        "children_ids": [],
        "policies": {kind: "log" if kind in LOG_KINDS else "state" for kind in kinds},
        "slices": [{"slice_type": kind, "item_type": kind, "items": items} for kind, items in filled.items()],
        "tags": {"app": "reviewer", "größe": "M 🧳", "session_id": story.session_id},
    }
    rows = {
        "slice_items": sum(map(len, filled.values())),
        "tool_invocations": len(filled.get(TOOL_INVOKED, ())),
        "prompt_events": len(filled.get(RENDERED, ())) + len(filled.get(EXECUTED, ())),
    }
    return json.dumps(envelope, sort_keys=True).encode() + b"\n", rows


def _event(rng: random.Random, created: str) -> Item:
    return {"event_id": uuid_text(rng), "created_at": created}


def _request_item(rng: random.Random, story: Story) -> Item:
    return {**_event(rng, story.started), "request": story.request}


def _response(rng: random.Random, story: Story) -> Item:
    return {**_event(rng, story.ended), "prompt_name": PROMPT["name"], "text": json.dumps(story.answer),
            "output": story.answer}  # fmt: skip


def _common(rng: random.Random, story: Story, created: str) -> Item:
    return {**_event(rng, created), "adapter": ADAPTER, "session_id": story.session_id,
            "prompt_name": PROMPT["name"], "run_context": None}  # fmt: skip


def _tool_invoked(rng: random.Random, story: Story, call: Call, created: str) -> Item:
    result = native_response(call) if call.native else {
        "message": message_of(call), "success": call.success, "exclude_value_from_context": False,
        "value": _value(call) if call.success else None}  # fmt: skip
    return {**_common(rng, story, created), "name": call.tool, "params": call.params, "result": result,
            "rendered_output": rendered(call)[:RENDERED_CHARACTERS], "call_id": call.call_id, "usage": None}  # fmt: skip


def _value(call: Call) -> Item:
    return {"path": call.path, "text": call.output, "size": len(call.output)}


def _executed(rng: random.Random, story: Story) -> Item:
    result = {"prompt_name": PROMPT["name"], "text": json.dumps(story.answer), "output": story.answer}
    usage = {**{kind: story.usage[kind] for kind in ("input_tokens", "output_tokens")}, "cached_tokens": None}
    return {**_common(rng, story, story.ended), "result": result, "usage": usage}


def _rendered(rng: random.Random, story: Story) -> Item:
    return {**_common(rng, story, story.started), "prompt_ns": PROMPT["ns"], "prompt_key": PROMPT["key"],
            "render_inputs": [], "rendered_prompt": story.prompt, "descriptor": None}  # fmt: skip


def _tools(rng: random.Random, story: Story, render_event: str) -> Item:
    parameters = {
        "type": "object", "additionalProperties": False, "required": ["path"],
        "properties": {"path": {"type": "string"}, "limit": {"type": "integer"}, "text": {"type": "string"}}}  # fmt: skip
    tools = [{"name": name, "description": f"{name} in the workspace.", "parameters": parameters} for name in BRIDGED]
    return {**_event(rng, story.started), "prompt_ns": PROMPT["ns"], "prompt_key": PROMPT["key"], "tools": tools,
            "render_event_id": render_event, "session_id": story.session_id}  # fmt: skip
