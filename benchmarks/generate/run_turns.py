"""Generate what the library logs around the tool calls of a turn, and the turn's transcript entries."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.generate.run_calls import Call
from benchmarks.generate.run_log import MODEL, PROMPT, Context, RunLog, received

RENDER_MISSING = "Tool result dataclass ReadResult is missing a render() implementation; falling back to serialization."


def turn(log: RunLog, calls: Sequence[Call], thought: str, reply: str, usage: dict[str, int]) -> None:
    """Write one message of the agent, the calls that it asks for, and their results."""
    received(log)
    for call in calls:
        log.sdk(
            "_hooks",
            "hook.pre_tool_use",
            {
                "tool_name": call.offered_name,
                "tool_use_id": call.call_id,
                "tool_input": call.params,
                "elapsed_ms": log.elapsed_ms,
                "tool_count": log.calls,
                "deadline_remaining_ms": None,
            },
        )
        (_native if call.native else _bridged)(log, call)
        log.calls += 1
    _message_entry(log, calls, thought, reply, usage)
    for call in calls:
        _result_entry(log, call)


def rendered(call: Call) -> str:
    """Return the text of a result that the agent sees."""
    return native_text(call) if call.native else call.output


def native_response(call: Call) -> object:
    """Return what the agent's SDK says of a native call."""
    if call.tool == "Read" and call.success:
        return call.output
    if call.tool == "Read":
        return {"is_error": True, "content": call.output}
    return {"stdout": call.output if call.success else "", "stderr": "" if call.success else call.output,
            "interrupted": False}  # fmt: skip


def native_text(call: Call) -> str:
    """Return the text that the library makes of a native call's response: a failed one is written as Python."""
    return call.output if call.success else str(native_response(call))


def _bridged(log: RunLog, call: Call) -> None:
    tool: Context = {"tool_name": call.tool}
    log.bridge(
        "bridge.tool_call.start",
        {**tool, "tool_use_id": call.call_id, "prompt_name": PROMPT["name"], "arguments": call.params},
    )
    if call.ending == "raised":
        _restored(log, tool, "exception")
        log.bridge("bridge.handler_error", {**tool, "error": call.output}, level="ERROR")
        return
    if call.success and call.tool == "read_file":
        log.write("prompt.tool_result", "tool_result.render.missing", {}, message=RENDER_MISSING, level="WARNING")
    if not call.success:
        _restored(log, tool, "tool_failure")
    log.dispatched("ToolInvoked")
    if call.success:
        log.dispatched("ReadResult")
    log.bridge(
        "bridge.tool_call.complete",
        {
            **tool,
            "success": call.success,
            "message": message_of(call),
            "value_type": "ReadResult" if call.success else None,
            "output_text": call.output,
        },
    )


def message_of(call: Call) -> str:
    """Return the message of a bridged tool's result."""
    return f"{call.tool}: {call.path} ✅" if call.success else call.output


def _restored(log: RunLog, tool: Context, reason: str) -> None:
    log.session("session.restore", {"preserve_logs": True, "snapshot_slice_count": 4})
    log.bridge(f"bridge.{reason}_restore", tool, message=f"State restored after {reason}.")


def _native(log: RunLog, call: Call) -> None:
    tool: Context = {"tool_name": call.tool}
    log.sdk("_hook_tools", "hook.snapshot_taken", {**tool, "tool_use_id": call.call_id, "hook_duration_ms": 12})
    log.dispatched("ToolInvoked")
    log.sdk(
        "_hook_tools",
        "hook.tool_call.complete",
        {
            **tool,
            "success": call.success,
            "call_id": call.call_id,
            "tool_input": call.params,
            "tool_response": native_response(call),
            "output_text": native_text(call),
            "elapsed_ms": log.elapsed_ms,
            "tool_count": log.calls + 1,
            "turn_count": 1,
        },
    )
    if not call.success:
        log.session("session.restore", {"preserve_logs": True, "snapshot_slice_count": 4})
        log.sdk(
            "_hook_tools",
            "hook.state_restored",
            {
                **tool,
                "tool_use_id": call.call_id,
                "reason": "tool_failure",
                "hook_duration_ms": 6,
                "elapsed_ms": log.elapsed_ms,
            },
            level="INFO",
        )


def _message_entry(log: RunLog, calls: Sequence[Call], thought: str, reply: str, usage: dict[str, int]) -> None:
    """Write the agent's message without its calls, which are entries of their own; only `raw` has all of it."""
    spoken = [{"type": "thinking", "thinking": thought, "signature": "c2lnbmVk"}, {"type": "text", "text": reply}]
    asked = [{"type": "tool_use", "id": call.call_id, "name": call.offered_name, "input": call.params}
             for call in calls]  # fmt: skip
    head = {"role": "assistant", "model": MODEL}
    raw = log.sdk_entry("assistant", {**head, "content": [*spoken, *asked], "usage": usage})
    kept = {**raw, "message": {**head, "content": spoken, "usage": usage}}
    log.entry("assistant_message", {"sdk_entry": kept}, raw)
    for each in asked:
        log.entry("tool_use", {"sdk_entry": each})


def _result_entry(log: RunLog, call: Call) -> None:
    content = f"Error: {call.output}" if call.ending == "raised" else call.output
    result = {"type": "tool_result", "tool_use_id": call.call_id, "content": content, "is_error": not call.success}
    raw = log.sdk_entry("user", {"role": "user", "content": [result]})
    log.entry("tool_result", {"sdk_entry": result, "tool_name": call.offered_name}, raw)
