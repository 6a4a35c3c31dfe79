"""Log records of an agent's turns, made by hand: messages with their tokens, calls and their results."""

from __future__ import annotations

from typing import Any

from support.artifact_samples import log_record

Use = tuple[str, str, dict[str, object]]
"""A call that a message requests: its id, the tool and the parameters."""


def entry_at(time: str, entry_type: str, detail: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Return the record of a transcript entry; `changes` replace values of its context or add keys."""
    context = {
        "prompt_name": "p",
        "adapter": "claude_agent_sdk",
        "entry_type": entry_type,
        "sequence_number": 1,
        "source": "main",
        "session_id": "s-1",
        "detail": {"sdk_entry": detail},
    }
    return log_record(timestamp=time, event="transcript.entry", message="transcript entry", context=context | changes)


def message(
    time: str, used: int, cached: int, written: int, *uses: Use, model: str = "m-1", **changes: object
) -> dict[str, Any]:
    """Return the record of a message with its token counts, one output token and the calls that it requests."""
    usage = {
        "input_tokens": used,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": written,
        "output_tokens": 1,
    }
    content: list[dict[str, object]] = [{"type": "text", "text": "hm"}]
    content += [{"type": "tool_use", "id": call, "name": name, "input": given} for call, name, given in uses]
    said = {"role": "assistant", "model": model, "content": content, "usage": usage}
    return entry_at(time, "assistant_message", {"type": "assistant", "message": said}, **changes)


def result(time: str, call: str, text: str, *, failed: bool = False) -> dict[str, Any]:
    """Return the record of the result of a call."""
    detail = {"type": "tool_result", "tool_use_id": call, "content": text, "is_error": failed}
    return entry_at(time, "tool_result", detail)


def second(number: float) -> str:
    """Return the timestamp so many seconds after noon."""
    hours, rest = divmod(number, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"2026-01-02T{12 + int(hours):02}:{int(minutes):02}:{seconds:09.6f}+00:00"
