"""Snapshots of sessions with secrets: in tool calls, prompts, slices, tags and the snapshot itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from support.artifact_samples import (
    PROMPT_EXECUTED,
    PROMPT_RENDERED,
    TOOL_INVOKED,
    executed_event,
    rendered_event,
    slice_of,
    snapshot,
    tool_event,
)
from support.planted_secrets.planting import Plants
from support.planted_secrets.sentences import cut, line, sentence


def session_line(plants: Plants, session_id: str) -> bytes:
    """Return the snapshot of one session, as a line of JSON."""
    slices = [
        slice_of(TOOL_INVOKED, *_tool_calls(plants, session_id)),
        slice_of(PROMPT_RENDERED, *_rendered(plants, session_id)),
        slice_of(PROMPT_EXECUTED, *_executed(plants, session_id)),
        slice_of("travel.desk:Note", *({"text": sentence(each), "by": "desk"} for each in plants["slice item"])),
        slice_of("travel.desk:Counter", *({line(each): 1} for each in plants["slice key"])),
        slice_of("travel.desk:Column", *({each.text: 1} for each in plants["slice view"])),
        *(slice_of(f"travel.desk:{each.text}", {"n": 1}) for each in plants["slice class"]),
    ]
    tags = {"session_id": session_id}
    tags |= {f"tag-{each.number}": line(each) for each in plants["session tag"]}
    tags |= {each.text: "yes" for each in plants["session tag key"]}
    notes = [line(each) for each in plants["snapshot envelope"]]
    taken = snapshot(session_id, *(each for each in slices if each["items"]), tags=tags, notes=notes)
    return json.dumps(taken, sort_keys=True).encode() + b"\n"


def _tool_calls(plants: Plants, session_id: str) -> Iterator[dict[str, Any]]:
    def call(number: int, **changes: Any) -> dict[str, Any]:
        identity = f"{session_id}-tool-{number}"
        return tool_event(identity, session_id=session_id, call_id=identity, **changes)

    for each in plants["tool parameters"]:
        yield call(each.number, params={"command": ["bash", "-c", sentence(each)]})
    for each in plants["tool parameter by name"]:
        yield call(each.number, name="connect", params={"url": "db", each.name: each.value})
    for each in plants["tool result message"]:
        yield call(each.number, result={"message": sentence(each), "value": None, "success": True})
    for each in plants["tool result value"]:
        yield call(each.number, result={"message": "", "value": {"lines": [sentence(each)]}, "success": True})
    for each in plants["tool output"]:
        yield call(each.number, rendered_output=line(each))
    for each in plants["cut tool output"]:
        yield call(each.number, rendered_output=cut(each).rjust(1000, "."))


def _rendered(plants: Plants, session_id: str) -> Iterator[dict[str, Any]]:
    for each in plants["prompt text"]:
        yield rendered_event(
            f"{session_id}-prompt-{each.number}", session_id=session_id, rendered_prompt=sentence(each)
        )
    sections = [
        {"path": [each.text], "content_hash": f"{each.number:064x}", "number": "1"} for each in plants["prompt section"]
    ]
    descriptor = {"ns": "ns", "key": "sections", "sections": sections, "tools": [], "task_examples": []}
    yield rendered_event(f"{session_id}-sections", session_id=session_id, descriptor=descriptor)


def _executed(plants: Plants, session_id: str) -> Iterator[dict[str, Any]]:
    for each in plants["prompt result"]:
        result = {"prompt_name": "prompt", "text": sentence(each), "output": None}
        yield executed_event(f"{session_id}-answer-{each.number}", session_id=session_id, result=result)
