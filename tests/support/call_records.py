"""Log records of tool calls, made by hand."""

from __future__ import annotations

from typing import Any

from support.artifact_samples import log_record

CALLS_SQL = "SELECT tool_name, call_id, outcome, success, source FROM tool_calls ORDER BY id"


def timestamp_at(second: float) -> str:
    """Return the timestamp that is so many seconds into the minute in which the test's records were written."""
    return f"2026-01-02T03:04:{second:09.6f}+00:00"


def record_at(second: float, event: str, **context: object) -> dict[str, Any]:
    """Return a log record of that second."""
    return log_record(timestamp=timestamp_at(second), event=event, message=event, context=context)


def bridge_started(second: float, name: str, call_id: str | None = None, **arguments: object) -> dict[str, Any]:
    """Return the record of the start of a bridged call."""
    return record_at(second, "bridge.tool_call.start", tool_name=name, tool_use_id=call_id, arguments=arguments)


def bridge_finished(second: float, name: str, *, success: bool = True) -> dict[str, Any]:
    """Return the record of the end of a bridged call."""
    return record_at(
        second, "bridge.tool_call.complete", tool_name=name, success=success, message="", output_text="out"
    )


def hook_requested(second: float, name: str, call_id: str, **given: object) -> dict[str, Any]:
    """Return the record of an agent's hook that a call was requested."""
    return record_at(second, "hook.pre_tool_use", tool_name=name, tool_use_id=call_id, tool_input=given)


def session_dispatched(second: float, session: str) -> dict[str, Any]:
    """Return the record of a session that received the event of a call."""
    return record_at(second, "session.dispatch_data_event", session_id=session, data_type="ToolInvoked")
