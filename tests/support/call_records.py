"""Log records that tell of tool calls, made by hand."""

from __future__ import annotations

from typing import Any

from support.artifact_samples import log_record

CALLS_SQL = "SELECT tool_name, call_id, outcome, success, sources FROM tool_calls ORDER BY id"


def timestamp_at(second: float) -> str:
    """A moment of the test's minute."""
    return f"2026-01-02T03:04:{second:09.6f}+00:00"


def record_at(second: float, event: str, **context: object) -> dict[str, Any]:
    """A log record of that moment."""
    return log_record(timestamp=timestamp_at(second), event=event, message=event, context=context)


def bridge_started(second: float, name: str, call_id: str | None = None, **arguments: object) -> dict[str, Any]:
    """A bridged call begins."""
    return record_at(second, "bridge.tool_call.start", tool_name=name, tool_use_id=call_id, arguments=arguments)


def bridge_finished(second: float, name: str, *, success: bool = True) -> dict[str, Any]:
    """A bridged call ends."""
    return record_at(
        second, "bridge.tool_call.complete", tool_name=name, success=success, message="", output_text="out"
    )


def hook_requested(second: float, name: str, call_id: str, **given: object) -> dict[str, Any]:
    """The agent asks for a call."""
    return record_at(second, "hook.pre_tool_use", tool_name=name, tool_use_id=call_id, tool_input=given)


def session_dispatched(second: float, session: str) -> dict[str, Any]:
    """A session is told of a call."""
    return record_at(second, "session.dispatch_data_event", session_id=session, data_type="ToolInvoked")
