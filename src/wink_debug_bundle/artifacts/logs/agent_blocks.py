"""Read the blocks of transcript entries from what the agents logged: Claude, Codex and those of ACP.

The texts of blocks are not stored a second time: a block has the JSON path of its text in the context of its record.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ...column_values import EntryType
from ..lossless_json import count_or_none
from .event_structs import (
    ClaudeBlock,
    ClaudeLine,
    ClaudeMessage,
    CodexItem,
    CodexNotification,
    CodexResult,
    EntryDetail,
    ResultPart,
)
from .struct_reading import struct_reader

BRIDGE_PREFIX = "mcp__wink__"
"""Prefix that the Claude agent puts before the names of the library's own tools."""

_CODEX_TOOLS = {"commandExecution": "command", "fileChange": "file_change", "webSearch": "web_search"}
"""Names that the library gives to tools of the Codex agent, after the prefix `codex:`."""

_THINKING, _TOOL_USE, _TOOL_RESULT = EntryType.THINKING, EntryType.TOOL_USE, EntryType.TOOL_RESULT
_ARRAY = ord("[")

_read_parts = struct_reader(list[ResultPart])


class EntryBlock(msgspec.Struct, frozen=True, gc=False):
    """One block of an entry; its paths lead into the record's context, or into the JSON text in the context's `content`."""

    entry_type: str
    text_path: str | None = None
    data_path: str | None = None
    tool_name: str | None = None
    call_id: str | None = None
    is_error: int | None = None


class Usage(msgspec.Struct, frozen=True, gc=False):
    """The model that wrote a message, and the token counts of the message."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


NO_USAGE = Usage()


def plain_tool_name(name: str) -> str:
    """Return the tool's name without the Claude agent's prefix for the library's tools."""
    return name.removeprefix(BRIDGE_PREFIX)


def claude_blocks(
    line: ClaudeLine, path: str, entry_type: str, tool_name: str | None = None
) -> tuple[list[EntryBlock], Usage]:
    """Return the blocks of a line that the Claude agent wrote, or of a single block that the library took from a line.

    `tool_name` is the name of the tool that the library logged beside it, for blocks without a name of their own.
    """
    message = line.message
    if message is UNSET:
        return [_claude_block(line, path, entry_type, tool_name)], NO_USAGE
    content, inner = message.content, f"{path}.message.content"
    if not content or isinstance(content, str):
        return [EntryBlock(entry_type, inner, None, tool_name)], _claude_usage(message)
    blocks = [_claude_block(block, f"{inner}[{index}]", entry_type, tool_name) for index, block in enumerate(content)]
    return blocks, _claude_usage(message)


def _claude_block(block: ClaudeBlock, path: str, entry_type: str, tool_name: str | None) -> EntryBlock:
    match block.type:
        case "text":
            return EntryBlock(entry_type, f"{path}.text", None, tool_name)
        case "tool_use":
            return EntryBlock(_TOOL_USE, None, f"{path}.input", plain_tool_name(block.name or ""), block.id)
        case "tool_result":
            text_path, failed = _content_path(block.content, path), int(block.is_error is True)
            return EntryBlock(_TOOL_RESULT, text_path, None, tool_name, block.tool_use_id, failed)
        case "thinking":
            return EntryBlock(_THINKING, f"{path}.thinking", None, tool_name)
        case "summary":
            return EntryBlock(entry_type, f"{path}.summary", None, tool_name)
    return EntryBlock(entry_type, path, None, tool_name)


def _content_path(content: Raw | UnsetType, path: str) -> str:
    """Return the path of a result's text, which is the content itself or the only block of the content's list."""
    if content is not UNSET and memoryview(content)[0] == _ARRAY:
        parts = _read_parts(content)
        if parts is not None and len(parts) == 1 and parts[0].type == "text":
            return f"{path}.content[0].text"
    return f"{path}.content"


def _claude_usage(message: ClaudeMessage) -> Usage:
    usage = message.usage
    if usage is None:
        return NO_USAGE if message.model is None else Usage(message.model)
    return Usage(
        message.model,
        count_or_none(usage.input_tokens),
        count_or_none(usage.output_tokens),
        count_or_none(usage.cache_read_input_tokens),
        count_or_none(usage.cache_creation_input_tokens),
    )


def codex_block(notification: CodexNotification, detail: EntryDetail, entry_type: str) -> EntryBlock:
    """Return the block of what the Codex agent notified of."""
    path = "$.detail.notification"
    if notification.call_id is not UNSET:  # a call of one of the library's tools
        name, call_id = notification.tool, notification.call_id
        if entry_type == _TOOL_USE:
            return EntryBlock(_TOOL_USE, None, f"{path}.arguments", name, call_id)
        result = detail.result
        return EntryBlock(entry_type, _codex_text_path(result), None, name, call_id, int(result.success is False))
    item = notification.item
    if entry_type in (_TOOL_USE, _TOOL_RESULT):
        failed = None if entry_type == _TOOL_USE else _has_codex_failed(item)
        text = None if item.aggregated_output is UNSET else f"{path}.item.aggregatedOutput"
        return EntryBlock(entry_type, text, f"{path}.item", _codex_tool_name(item), item.id, failed)
    return EntryBlock(entry_type, path if item.text is UNSET else f"{path}.item.text")


def codex_usage(notification: CodexNotification) -> Usage:
    """Return the token counts that the Codex agent notified of."""
    last = notification.usages.last
    counts = (count_or_none(count) for count in (last.input_tokens, last.output_tokens, last.cached_tokens))
    return Usage(None, *counts)


def acp_block(detail: EntryDetail, entry_type: str) -> EntryBlock:
    """Return the block of what an agent of ACP logged, or of the text that a user wrote to the Codex agent."""
    if detail.tool_name is UNSET:
        return EntryBlock(entry_type, "$.detail.text")
    name, call_id = plain_tool_name(detail.tool_name or ""), detail.tool_call_id
    if entry_type == _TOOL_USE:
        return EntryBlock(_TOOL_USE, None, "$.detail.input", name, call_id)
    return EntryBlock(entry_type, "$.detail.output", None, name, call_id, int(detail.status == "failed"))


def _codex_tool_name(item: CodexItem) -> str:
    kind = item.type or ""
    return f"codex:mcp:{item.tool or ''}" if kind == "mcpToolCall" else f"codex:{_CODEX_TOOLS.get(kind, kind)}"


def _has_codex_failed(item: CodexItem) -> int:
    return int(item.status == "failed" or item.exit_code not in (None, 0))


def _codex_text_path(result: CodexResult) -> str:
    is_single = result.content is not None and len(result.content) == 1
    return "$.detail.result.contentItems[0].text" if is_single else "$.detail.result"
