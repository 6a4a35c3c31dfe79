"""Hold the contexts of the library's log records: a struct for each event, with the keys that are read from it.

A context has more keys than its struct; those are skipped without being made into objects. A key that some records lack
has the default UNSET where it matters whether the key is there. A `Raw` value is the value's own text.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, Raw, UnsetType

Text = str | None
Given = str | UnsetType | None
"""A text of a key that is null or that another key replaces if it is not there."""

Number = int | float | None
"""A number as it is written: 1.0 is no integer, and so no count."""


class _Event(msgspec.Struct, frozen=True, gc=False):
    """The base of all structs."""


class Context(_Event, frozen=True):
    """What is read of every context: the session, which is a column of its record."""

    session_id: Text = None


class DataDispatched(Context, frozen=True):
    """`session.dispatch_data_event`, all releases: a session received an item of the class `data_type`."""

    data_type: Text = None


class ToolEvent(Context, frozen=True):
    """What all events of tool calls have: the tool's name, in `tool` if an execution is logged by 0.22 to 0.24."""

    tool_name: Given = UNSET
    tool: Given = UNSET


class HookInput(_Event, frozen=True):
    """The input of a hook of the Claude agent, as the agent gives it."""

    tool_input: Raw | UnsetType = UNSET


class ToolRequested(ToolEvent, frozen=True):
    """`hook.pre_tool_use`, since 0.19: the Claude agent is about to call a tool."""

    call_id: Text = msgspec.field(default=None, name="tool_use_id")
    tool_input: Raw | UnsetType = UNSET
    input_data: HookInput = HookInput()


class ExecutionStarted(ToolEvent, frozen=True):
    """`tool.execution.start`, 0.19 to 0.24; the prompt's name is in `prompt` since 0.22."""

    call_id: Text = None
    prompt_name: Given = UNSET
    prompt: Given = UNSET
    arguments: Raw | UnsetType = UNSET


class BridgeStarted(ToolEvent, frozen=True):
    """`bridge.tool_call.start`, since 0.19; the call's id is there since 0.25, and may be null."""

    call_id: Text = msgspec.field(default=None, name="tool_use_id")
    prompt_name: Given = UNSET
    prompt: Given = UNSET
    arguments: Raw | UnsetType = UNSET


class ToolEnded(ToolEvent, frozen=True):
    """Every event that ends a call.

    `tool.execution.complete` (0.19 to 0.24), `bridge.tool_call.complete` and `hook.tool_call.complete` (since 0.19 and
    0.22, before that `hook.tool_invoked`) say in `success` how the call ended; the others do by their names.
    """

    call_id: Text = None
    success: bool | None = None


class ResultPart(_Event, frozen=True):
    """One part of the content of a tool's result."""

    type: Text = None


class ClaudeBlock(_Event, frozen=True):
    """One block of a message of the Claude agent: of type text, thinking, tool_use or tool_result."""

    type: Text = None
    id: Text = None
    name: Text = None
    tool_use_id: Text = None
    is_error: bool | None = None
    content: Raw | UnsetType = UNSET


class ClaudeUsage(_Event, frozen=True):
    """The token counts of one message of the Claude agent."""

    input_tokens: Number = None
    output_tokens: Number = None
    cache_read_input_tokens: Number = None
    cache_creation_input_tokens: Number = None


class ClaudeMessage(_Event, frozen=True):
    """One message of the Claude agent; its content is a text or blocks."""

    model: Text = None
    content: list[ClaudeBlock] | str | None = None
    usage: ClaudeUsage | None = None


class ClaudeLine(ClaudeBlock, frozen=True):
    """One line that the Claude agent wrote, or a single block that the library took from a line: it has no message."""

    message: ClaudeMessage | UnsetType = UNSET


class CodexItem(_Event, frozen=True):
    """An item of the Codex agent: a message or a call of one of the agent's tools."""

    id: Text = None
    type: Text = None
    tool: Text = None
    status: Text = None
    exit_code: object = msgspec.field(default=None, name="exitCode")
    aggregated_output: Raw | UnsetType = msgspec.field(default=UNSET, name="aggregatedOutput")
    text: Raw | UnsetType = UNSET


class CodexUsage(_Event, frozen=True):
    """Token counts of the Codex agent."""

    input_tokens: Number = msgspec.field(default=None, name="inputTokens")
    output_tokens: Number = msgspec.field(default=None, name="outputTokens")
    cached_tokens: Number = msgspec.field(default=None, name="cachedInputTokens")


class CodexUsages(_Event, frozen=True):
    """The token counts of the last message; the key `total` has those of all messages."""

    last: CodexUsage = CodexUsage()


class CodexNotification(_Event, frozen=True):
    """What the Codex agent notified of: a call of one of the library's tools if it has a `callId`, else an item."""

    call_id: Given = msgspec.field(default=UNSET, name="callId")
    tool: Text = None
    item: CodexItem = CodexItem()
    usages: CodexUsages = msgspec.field(default=CodexUsages(), name="tokenUsage")


class CodexContent(_Event, frozen=True):
    """One part of what a tool of the library answered to the Codex agent."""


class CodexResult(_Event, frozen=True):
    """What a tool of the library answered to the Codex agent."""

    success: bool | None = None
    content: list[CodexContent] | None = msgspec.field(default=None, name="contentItems")


class EntryDetail(_Event, frozen=True):
    """What an agent logged: `sdk_entry` is Claude's, `notification` Codex's; the agents of ACP log the other keys.

    `tool_name` is also beside a tool_result of Claude's, `result` beside one of Codex's, and `text` holds the user's
    message to Codex.
    """

    sdk_entry: ClaudeLine | UnsetType = UNSET
    tool_name: Given = UNSET
    notification: CodexNotification | UnsetType = UNSET
    result: CodexResult = CodexResult()
    tool_call_id: Text = None
    status: Text = None
    text: Raw | UnsetType = UNSET


class EntryEvent(Context, frozen=True):
    """`transcript.entry`, since 0.26; `raw` is the line that the agent wrote."""

    adapter: Text = None
    entry_type: Text = None
    sequence_number: Number = None
    source: Text = None
    detail: EntryDetail = EntryDetail()
    raw: Raw | UnsetType = UNSET


class CollectedEvent(Context, frozen=True):
    """`transcript.collector.entry`, 0.24 and 0.25; a line that is no JSON object has no `parsed`."""

    transcript_source: Text = None
    sequence_number: Number = None
    entry_type: Text = None
    parsed: ClaudeLine | None = None


class LogLineEvent(Context, frozen=True):
    """`log_aggregator.log_line`, 0.21 to 0.23: `content` is the text of one line of a file that the agent wrote."""

    file: Text = None
    content: Text = None
    sequence_number: Number = None
