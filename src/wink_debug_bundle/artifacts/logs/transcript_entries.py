"""Read transcript entries from log records: messages, tool uses and tool results, block by block.

Three generations of events hold them. Their texts are not stored a second time: a row gives the JSON path of the text
in the context of its log record, which is in the bundle.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from ...column_values import EntryType
from ...rows import Values
from ..lossless_json import JsonObject, as_object, count_or_none, depth_exceeds, integer_or_none, text_at, text_or_none

ENTRY, COLLECTED, LOG_LINE = "transcript.entry", "transcript.collector.entry", "log_aggregator.log_line"
"""The events with transcript entries in releases since 0.26, in 0.24 and 0.25, and until 0.23."""

BRIDGE_PREFIX = "mcp__wink__"
"""Prefix that the Claude agent puts before the names of the library's own tools."""

_CLAUDE_TYPES = {
    "user": EntryType.USER_MESSAGE,
    "assistant": EntryType.ASSISTANT_MESSAGE,
    "summary": EntryType.SYSTEM_EVENT,
    "system": EntryType.SYSTEM_EVENT,
}
"""Entry types for the types of lines that the Claude agent writes; all other lines are of type unknown."""

_CODEX_TOOLS = {"commandExecution": "command", "fileChange": "file_change", "webSearch": "web_search"}
"""Names that the library gives to tools of the Codex agent, after the prefix `codex:`."""

_SUBAGENTS = "/subagents/"


class EntryBlock(NamedTuple):
    """One block of an entry; its paths lead into the record's context, or into the JSON text in the context's `content`."""

    entry_type: str
    text_path: str | None = None
    data_path: str | None = None
    tool_name: str | None = None
    call_id: str | None = None
    is_error: bool | None = None


class Usage(NamedTuple):
    """The model that wrote a message, and the token counts of the message."""

    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


_NO_USAGE = Usage()


class TranscriptEntry(NamedTuple):
    """The entry of one log record: at least one block, and what its blocks have in common.

    `is_inner` says that the paths of the blocks lead into the JSON text in the context's `content`.
    """

    raw_type: str
    source: str
    sequence_number: int | None
    blocks: list[EntryBlock]
    usage: Usage
    is_inner: bool = False


def read_entry(event: str, context: JsonObject) -> TranscriptEntry:
    """Return the entry in the context of a record of one of the transcript events."""
    if event == ENTRY:
        return _read_entry_event(context)
    if event == COLLECTED:
        return _read_collected_event(context)
    return _read_log_line_event(context)


def plain_tool_name(name: str) -> str:
    """Return the tool's name without the Claude agent's prefix for the library's tools."""
    return name.removeprefix(BRIDGE_PREFIX)


def _read_entry_event(context: JsonObject) -> TranscriptEntry:
    entry_type = text_at(context, "entry_type") or EntryType.UNKNOWN
    detail = as_object(context.get("detail"))
    source = text_at(context, "source") or ""
    usage = _NO_USAGE
    if "sdk_entry" in detail:
        blocks, usage = _claude_blocks(as_object(detail["sdk_entry"]), "$.detail.sdk_entry", entry_type)
        blocks = [_with_tool_name(block, detail) for block in blocks]
    elif "notification" in detail:
        notification = as_object(detail["notification"])
        blocks, usage = [_codex_block(entry_type, notification, detail)], _codex_usage(notification)
    elif "tool_name" in detail or "text" in detail:
        blocks = [_acp_block(entry_type, detail)]
    else:
        blocks = [EntryBlock(entry_type, "$.raw" if "raw" in context else "$.detail")]
    return TranscriptEntry(entry_type, source, integer_or_none(context.get("sequence_number")), blocks, usage)


def _read_collected_event(context: JsonObject) -> TranscriptEntry:
    raw_type = text_at(context, "entry_type") or EntryType.UNKNOWN
    parsed = context.get("parsed")
    usage = _NO_USAGE
    if isinstance(parsed, dict):
        blocks, usage = _claude_blocks(parsed, "$.parsed", _CLAUDE_TYPES.get(raw_type, EntryType.UNKNOWN))
    else:
        blocks = [EntryBlock(EntryType.UNKNOWN, "$.raw_json")]
    source = text_at(context, "transcript_source") or ""
    return TranscriptEntry(raw_type, source, integer_or_none(context.get("sequence_number")), blocks, usage)


def _read_log_line_event(context: JsonObject) -> TranscriptEntry:
    """Read a line of a file that the agent wrote; the source is 'main', or the file if it is a subagent's."""
    file = text_at(context, "file") or ""
    source = file if _SUBAGENTS in file else "main"
    number = integer_or_none(context.get("sequence_number"))
    line = _inner_object(context.get("content"))
    if line is None:
        return TranscriptEntry("line", source, number, [EntryBlock(EntryType.UNKNOWN, "$.content")], _NO_USAGE)
    entry_type = _CLAUDE_TYPES.get(text_at(line, "type") or "", EntryType.UNKNOWN)
    blocks, usage = _claude_blocks(line, "$", entry_type)
    return TranscriptEntry("line", source, number, blocks, usage, is_inner=True)


def _inner_object(content: object) -> JsonObject | None:
    """Return the JSON object in the text `content`; None if it is not one, or not one that SQLite can read."""
    if not isinstance(content, str):
        return None
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and not depth_exceeds(content) else None


def _claude_blocks(line: JsonObject, path: str, entry_type: str) -> tuple[list[EntryBlock], Usage]:
    """Return the blocks of a line that the Claude agent wrote, or of a single block that the library took from a line."""
    if "message" not in line:
        return [_claude_block(line, path, entry_type)], _NO_USAGE
    message = as_object(line["message"])
    content = message.get("content")
    inner = f"{path}.message.content"
    if not isinstance(content, list) or not content:
        blocks = [EntryBlock(entry_type, inner)]
    else:
        blocks = [
            _claude_block(as_object(block), f"{inner}[{index}]", entry_type) for index, block in enumerate(content)
        ]
    return blocks, _claude_usage(message)


def _claude_block(block: JsonObject, path: str, entry_type: str) -> EntryBlock:
    match block.get("type"):
        case "text":
            return EntryBlock(entry_type, f"{path}.text")
        case "thinking":
            return EntryBlock(EntryType.THINKING, f"{path}.thinking")
        case "tool_use":
            name = plain_tool_name(text_at(block, "name") or "")
            return EntryBlock(EntryType.TOOL_USE, None, f"{path}.input", name, text_or_none(block.get("id")))
        case "tool_result":
            call_id = text_or_none(block.get("tool_use_id"))
            failed = block.get("is_error") is True
            return EntryBlock(EntryType.TOOL_RESULT, _content_path(block, path), None, None, call_id, is_error=failed)
        case "summary":
            return EntryBlock(entry_type, f"{path}.summary")
    return EntryBlock(entry_type, path)


def _content_path(block: JsonObject, path: str) -> str:
    """Return the path of a result's text, which is the content itself or the only block of the content's list."""
    content = block.get("content")
    if isinstance(content, list) and len(content) == 1 and as_object(content[0]).get("type") == "text":
        return f"{path}.content[0].text"
    return f"{path}.content"


def _claude_usage(message: JsonObject) -> Usage:
    usage = as_object(message.get("usage"))
    return Usage(
        text_or_none(message.get("model")),
        count_or_none(usage.get("input_tokens")),
        count_or_none(usage.get("output_tokens")),
        count_or_none(usage.get("cache_read_input_tokens")),
        count_or_none(usage.get("cache_creation_input_tokens")),
    )


def _with_tool_name(block: EntryBlock, detail: JsonObject) -> EntryBlock:
    """Return the block with the tool's name, if the library logged the name beside the block."""
    name = text_or_none(detail.get("tool_name"))
    return block._replace(tool_name=plain_tool_name(name)) if name and block.tool_name is None else block


def _codex_block(entry_type: str, notification: JsonObject, detail: JsonObject) -> EntryBlock:
    path = "$.detail.notification"
    if "callId" in notification:  # a call of one of the library's tools
        name, call_id = text_or_none(notification.get("tool")), text_or_none(notification["callId"])
        if entry_type == EntryType.TOOL_USE:
            return EntryBlock(EntryType.TOOL_USE, None, f"{path}.arguments", name, call_id)
        result = as_object(detail.get("result"))
        has_failed = result.get("success") is False
        return EntryBlock(entry_type, _codex_text_path(result), None, name, call_id, is_error=has_failed)
    item = as_object(notification.get("item"))
    if entry_type in (EntryType.TOOL_USE, EntryType.TOOL_RESULT):
        failed = None if entry_type == EntryType.TOOL_USE else _has_codex_failed(item)
        text = f"{path}.item.aggregatedOutput" if "aggregatedOutput" in item else None
        name, call_id = _codex_tool_name(item), text_or_none(item.get("id"))
        return EntryBlock(entry_type, text, f"{path}.item", name, call_id, is_error=failed)
    return EntryBlock(entry_type, f"{path}.item.text" if "text" in item else path)


def _codex_tool_name(item: JsonObject) -> str:
    kind = text_at(item, "type") or ""
    if kind == "mcpToolCall":
        return f"codex:mcp:{text_or_none(item.get('tool')) or ''}"
    return f"codex:{_CODEX_TOOLS.get(kind, kind)}"


def _has_codex_failed(item: JsonObject) -> bool:
    return item.get("status") == "failed" or item.get("exitCode") not in (None, 0)


def _codex_text_path(result: JsonObject) -> str:
    items = result.get("contentItems")
    if isinstance(items, list) and len(items) == 1:
        return "$.detail.result.contentItems[0].text"
    return "$.detail.result"


def _codex_usage(notification: JsonObject) -> Usage:
    last = as_object(as_object(notification.get("tokenUsage")).get("last"))
    counts = (count_or_none(last.get(key)) for key in ("inputTokens", "outputTokens", "cachedInputTokens"))
    return Usage(None, *counts)


def _acp_block(entry_type: str, detail: JsonObject) -> EntryBlock:
    if "tool_name" not in detail:
        return EntryBlock(entry_type, "$.detail.text")
    name, call_id = plain_tool_name(text_or_none(detail["tool_name"]) or ""), text_or_none(detail.get("tool_call_id"))
    if entry_type == EntryType.TOOL_USE:
        return EntryBlock(EntryType.TOOL_USE, None, "$.detail.input", name, call_id)
    return EntryBlock(entry_type, "$.detail.output", None, name, call_id, is_error=detail.get("status") == "failed")


def entry_rows(entry: TranscriptEntry, run_id: int | None, session: str | None, log_id: int) -> Iterator[Values]:
    """Yield the values of an EntryRow for each block of an entry; the first has the model and the token counts."""
    usage = entry.usage
    for number, block in enumerate(entry.blocks):
        yield (
            run_id,
            session,
            log_id,
            number,
            entry.source,
            entry.sequence_number,
            block.entry_type,
            entry.raw_type,
            block.tool_name,
            block.call_id,
            None if block.is_error is None else int(block.is_error),
            *usage,
            block.text_path,
            block.data_path,
            int(entry.is_inner),
        )
        usage = _NO_USAGE
