"""Read the events of tool calls: what their names imply, and what their contexts say."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import UNSET, Raw, UnsetType

from ...column_values import Outcome
from ...run_rows import CallSourceBit
from .agent_blocks import plain_tool_name
from .event_structs import BridgeStarted, DataDispatched, ExecutionStarted, ToolEnded, ToolEvent, ToolRequested
from .struct_reading import StructReader, json_value, two_readers


class EndEvent(NamedTuple):
    """What the name of an event that ends a call implies.

    `source` is the call's source, and `outcome` how it ended, where every such event means the same outcome.
    `is_last` says that no ToolInvoked event of the call is dispatched afterwards.
    """

    source: int
    outcome: str | None = None
    is_last: bool = False


StartContext = ExecutionStarted | BridgeStarted


class StartEvent(NamedTuple):
    """What the name of an event that starts a call implies: the call's source, and how the context is read."""

    source: int
    reader: StructReader[StartContext]


STARTS = {
    "tool.execution.start": StartEvent(CallSourceBit.EXECUTION, two_readers(ExecutionStarted)),
    "bridge.tool_call.start": StartEvent(CallSourceBit.BRIDGE, two_readers(BridgeStarted)),
}

ENDS = {
    "tool.execution.complete": EndEvent(CallSourceBit.EXECUTION),
    "tool_handler_exception": EndEvent(CallSourceBit.EXECUTION, Outcome.RAISED),
    "tool_type_error": EndEvent(CallSourceBit.EXECUTION, Outcome.RAISED),
    "tool_validation_failed": EndEvent(CallSourceBit.EXECUTION, Outcome.REJECTED),
    "bridge.tool_call.complete": EndEvent(CallSourceBit.BRIDGE, None, is_last=True),
    "bridge.handler_error": EndEvent(CallSourceBit.BRIDGE, Outcome.RAISED, is_last=True),
    "bridge.validation_error": EndEvent(CallSourceBit.BRIDGE, Outcome.REJECTED, is_last=True),
    "bridge.policy_denied": EndEvent(CallSourceBit.BRIDGE, Outcome.DENIED),
    "bridge.visibility_expansion_required": EndEvent(CallSourceBit.BRIDGE, Outcome.EXPANDED, is_last=True),
    "hook.tool_invoked": EndEvent(CallSourceBit.HOOK, None, is_last=True),
    "hook.tool_call.complete": EndEvent(CallSourceBit.HOOK, None, is_last=True),
}

_SUCCEEDED, _FAILED = Outcome.SUCCEEDED, Outcome.FAILED
_OBJECT = ord("{")

REQUEST_READER = two_readers(ToolRequested)
END_READER = two_readers(ToolEnded)
DISPATCH_READER = two_readers(DataDispatched)


def tool_name(record: ToolEvent) -> str:
    """Return the name of the tool, which either of two keys may hold."""
    name = record.tool if record.tool_name is UNSET else record.tool_name
    return plain_tool_name(name) if name else ""


def outcome(record: ToolEnded) -> str | None:
    """Return how a call ended, as its record says in `success`; None if it does not."""
    return None if record.success is None else _SUCCEEDED if record.success else _FAILED


def known_arguments(given: Raw | UnsetType) -> Raw | UnsetType:
    """Return the arguments; UNSET for null, which is as good as none."""
    is_known = given is not UNSET and (memoryview(given)[0] == _OBJECT or json_value(given) is not None)
    return given if is_known else UNSET


def are_equal(arguments: Raw | UnsetType, others: Raw | UnsetType) -> bool:
    """Return whether two calls have the same known arguments, however these are written."""
    if arguments is UNSET or others is UNSET:
        return arguments is others
    return bytes(arguments) == bytes(others) or bool(json_value(arguments) == json_value(others))
